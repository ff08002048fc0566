using System.Globalization;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that teaches a model to write texts like those of a column, by masked diffusion.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Two columns of [Text](xref:Microsoft.ML.Data.TextDataViewType), prompts and texts; the transformer needs the prompts only |
/// | Output column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), or a known-sized vector of it where Samples is above 1 |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Tokens are masked at every rate and predicted, under the weights that make the loss a bound on the likelihood (Sahoo et al.,
/// MDLM, 2024; Shi et al., MD4, 2024). The same data, options and seed give the same model, whatever the number of threads.
/// ]]></format>
/// </remarks>
/// <seealso cref="DiffusionCatalog.MaskedDiffusion"/>
public sealed class MaskedDiffusionEstimator : IEstimator<DiffusionGenerateTransformer>
{
    private readonly IHost _host;
    private readonly WritingColumns _columns;
    private readonly string _textColumnName;
    private readonly EncoderModel _model;
    private readonly EncoderConfiguration _configuration;
    private readonly GenerationSettings _settings;
    private readonly TrainingOptions _training;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly DenoisingOptions _given; // the caller's own object, whose token is read when Fit is called
    private readonly MaskingOptions _masking;
    private readonly double _spindleStrength;
    private readonly double _validationFraction;
    private readonly int _threads;

    internal MaskedDiffusionEstimator(IHostEnvironment env, string outputColumnName, string promptColumnName, string textColumnName, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(promptColumnName, nameof(promptColumnName));
        env.CheckNonWhiteSpace(textColumnName, nameof(textColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        TextColumns.CheckTrace(env, options.TraceColumnName, outputColumnName);
        MLNetVersion.Check(env);
        _host = env.Register(nameof(MaskedDiffusionEstimator));
        EngineChoice.Check(_host, options.Threads);
        (_columns, _textColumnName, _model) = (new WritingColumns(outputColumnName, promptColumnName, options.TraceColumnName), textColumnName, options.Model);
        int seed = FineTuning.SeedOf(_host, options.Seed, options.CheckpointDirectory);
        _configuration = EncoderCheckpoint.ReadConfiguration(_model.Files);
        _settings = options.ToSettings(_configuration, _model.Tokenizer, seed);
        _training = options.ToTrainingOptions(seed);
        _progress = options.Progress;
        _given = options;
        _training.Validate();
        _masking = options.ToMaskingOptions(_host, seed);
        _spindleStrength = options.SpindleStrength;
        _host.CheckUserArg(
            options.ValidationFraction is >= 0 and < 1, nameof(options.ValidationFraction),
            string.Create(CultureInfo.InvariantCulture, $"It is {options.ValidationFraction}; expected a share of the texts, from 0 to below 1"));
        (_validationFraction, _threads) = (options.ValidationFraction, options.Threads);
    }

    /// <summary>Learns from the columns of prompts and texts.</summary>
    /// <param name="input">The data; read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not text, or there is nothing to learn from.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="OperationCanceledException">
    /// The options' token, or the context, was cancelled; nothing is left of the training but its snapshots.
    /// </exception>
    public DiffusionGenerateTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        DataViewSchema.Column prompts = TextColumns.Find(_host, input.Schema, _columns.Input, "prompt");
        DataViewSchema.Column texts = TextColumns.Find(_host, input.Schema, _textColumnName, "text");
        return FineTuning.Fit<DiffusionGenerateTransformer, MaskedLanguageModel>(
            _host, nameof(MaskedDiffusionEstimator), _training, (channel, stop) => Fit(input, prompts, texts, channel, stop), _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(_host, inputSchema, _columns.Input, "prompt");
        TextColumns.Check(_host, inputSchema, _textColumnName, "text");
        return _columns.AddTo(inputSchema, _settings.Samples);
    }

    private DiffusionGenerateTransformer Fit(
        IDataView input, DataViewSchema.Column prompts, DataViewSchema.Column texts, IChannel channel, CancellationToken cancellationToken)
    {
        MaskedLanguageModel model = _model.LoadForTraining(EngineChoice.Of(_host, _threads), cancellationToken);
        try
        {
            (MaskedTexts learned, MaskedTexts heldOut) = Read(input, prompts, texts, channel, cancellationToken);
            Train(model, learned, heldOut, channel, cancellationToken);
            return new DiffusionGenerateTransformer(_host, _columns, SharedModel<MaskedLanguageModel>.Share(model), _model.Tokenizer, _settings);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void Train(MaskedLanguageModel model, MaskedTexts learned, MaskedTexts heldOut, IChannel channel, CancellationToken cancellationToken)
    {
        model.PrepareForTraining(cancellationToken);
        MaskingOptions masking = _spindleStrength == 0 ? _masking : _masking with { Schedule = MaskSchedule.Spindle(_spindleStrength, Histogram(learned)) };
        var task = new MaskedDiffusionTask(model, _model.Tokenizer, learned, masking, heldOut.Sequences.Count > 0 ? heldOut : null);
        channel.Info(
            "{0} sequences of {1} tokens to learn from, {2} held out; {3} parameters; {4}.",
            learned.Sequences.Count, learned.Sequences.TokenCount, heldOut.Sequences.Count, model.Parameters.Length, model.Engine.Name);
        FineTuning.Run(_host, "MaskedDiffusion", channel, model, task, _training, Options.UsualRate, _progress, cancellationToken);
        model.PrepareForInference();
    }

    /// <summary>How often each token occurs in what is learned, prompts and special tokens aside.</summary>
    private TokenHistogram Histogram(MaskedTexts texts)
    {
        TokenHistogram histogram = new(_model.Tokenizer.VocabularySize);
        for (int i = 0; i < texts.Sequences.Count; i++)
        {
            foreach (int token in texts.Sequences[i][texts.Leading[i]..])
            {
                if (!_model.Tokenizer.IsSpecial(token))
                    histogram.Add(token, 1);
            }
        }
        return histogram;
    }

    private (MaskedTexts Learned, MaskedTexts HeldOut) Read(
        IDataView input, DataViewSchema.Column promptColumn, DataViewSchema.Column textColumn, IChannel channel, CancellationToken cancellationToken)
    {
        var learned = new MaskedTexts(_model.Tokenizer, _configuration.MaxLength);
        var heldOut = new MaskedTexts(_model.Tokenizer, _configuration.MaxLength);
        ulong key = FineTuning.HoldOutKey((int)_settings.Seed);
        long row = 0, empty = 0;
        using (DataViewRowCursor cursor = input.GetRowCursor([promptColumn, textColumn]))
        {
            ValueGetter<ReadOnlyMemory<char>> getPrompt = cursor.GetGetter<ReadOnlyMemory<char>>(promptColumn);
            ValueGetter<ReadOnlyMemory<char>> getText = cursor.GetGetter<ReadOnlyMemory<char>>(textColumn);
            ReadOnlyMemory<char> prompt = default, text = default;
            for (; cursor.MoveNext(); row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                getPrompt(ref prompt);
                getText(ref text);
                if (text.IsEmpty)
                    empty++;
                bool held = FineTuning.HoldsOut(key, row, _validationFraction);
                (held ? heldOut : learned).Add(prompt.Span, text.Span);
            }
        }
        if (learned.Sequences.Count == 0)
        {
            throw FineTuning.NothingToLearn(_host, nameof(input), row, $"a text in the column '{_textColumnName}'", heldOut.Sequences.Count > 0
                ? $"all texts of the column '{_textColumnName}' that are not empty are held out. Lower ValidationFraction."
                : $"of {row} rows, none has a text in the column '{_textColumnName}' that is not empty; expected texts to write like."
                    + " Check that the column is filled.");
        }
        FineTuning.Warn(channel, empty, "texts are empty and were left out");
        FineTuning.Warn(channel, learned.SplitTexts + heldOut.SplitTexts, string.Create(CultureInfo.InvariantCulture, $"texts are longer than the model's {_configuration.MaxLength} tokens and were cut into several"));
        FineTuning.Warn(channel, learned.TruncatedPrompts + heldOut.TruncatedPrompts, "prompts take more than half of the model's length; the end of each was kept");
        FineTuning.Warn(channel, learned.LoneSurrogates + heldOut.LoneSurrogates, "lone surrogates were read as U+FFFD");
        return (learned, heldOut);
    }

    /// <summary>How the model is taught, and how its transformer writes.</summary>
    public sealed class Options : GenerationOptions
    {
        internal const double UsualRate = 3e-4;

        /// <summary>How often each text is seen; it may be a fraction.</summary>
        public double Epochs { get; set; } = 3;

        /// <summary>The most tokens in a batch.</summary>
        public int BatchTokens { get; set; } = 2048;

        /// <summary>The highest learning rate.</summary>
        public double LearningRate { get; set; } = UsualRate;

        /// <summary>The share of the steps in which the rate rises from zero.</summary>
        public double WarmUp { get; set; } = 0.06;

        /// <summary>How the rate falls afterwards.</summary>
        public RateDecay Decay { get; set; } = RateDecay.Linear;

        /// <summary>AdamW's decoupled weight decay.</summary>
        public double WeightDecay { get; set; } = 0.01;

        /// <summary>The norm that gradients are scaled down to where they exceed it; 0 for no limit.</summary>
        public double ClipNorm { get; set; } = 1;

        /// <summary>The schedule under which texts are masked while learning.</summary>
        public MaskSchedule TrainingSchedule { get; set; } = MaskSchedule.Linear;

        /// <summary>
        /// λ of <see cref="MaskSchedule.Spindle"/> by the tokens of the texts that are learned, instead of <see cref="TrainingSchedule"/>; 0 for
        /// none, .1 to .3 is usual.
        /// </summary>
        public double SpindleStrength { get; set; }

        /// <summary>How masked tokens weigh in the loss: as a bound, or by the plain mean.</summary>
        public LossWeighting Weighting { get; set; } = LossWeighting.Nelbo;

        /// <summary>The smallest time drawn, 0 or more: it bounds the weight of a token.</summary>
        public double MinTime { get; set; } = 1e-3;

        /// <summary>The largest time drawn, at most 1; below 1 the loss is not a bound.</summary>
        public double MaxTime { get; set; } = 1;

        /// <summary>T, the steps of discrete time in learning; 0 for continuous time, or as many as the schedule is a list of.</summary>
        public int TrainingSteps { get; set; }

        /// <summary>ε of label smoothing, from 0 to below 1; above 0 the loss is no bound. 0.1 is usual.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>The share of texts of which a beginning of random length is left clean, so that prompts of every length are learned; 0 to 1.</summary>
        public double PrefixShare { get; set; }

        /// <summary>The share of texts that are cut to a random length, so that every length is learned; 0 to 1, .01 is usual.</summary>
        public double RandomLengthShare { get; set; }

        /// <summary>What a token weighs beside its time's weight, 0 or more by id; null for 1 each.</summary>
        public Func<int, double>? TokenWeight { get; set; }

        /// <summary>The share of the texts, drawn by the seed, that is not learned from but only measured; 0 for none.</summary>
        public double ValidationFraction { get; set; } = 0.05;

        /// <summary>How many batches make one step: for large batches in little memory.</summary>
        public int AccumulationSteps { get; set; } = 1;

        /// <summary>
        /// Whether layers are run again in the backward instead of keeping what they compute: much less memory for activations, a quarter
        /// to a third more time, and the same model, bit for bit. See docs/training.md.
        /// </summary>
        public bool Recompute { get; set; }

        /// <summary>The decay of the running average of the weights (EMA), which is what is measured and kept; 0 for no average.</summary>
        public double AveragingDecay { get; set; }

        /// <summary>Steps between validations; 0 for one at the end of each epoch.</summary>
        public int ValidationInterval { get; set; }

        /// <summary>Stops after this many validations without improvement; 0 to go on to the end.</summary>
        public int Patience { get; set; }

        /// <summary>Where snapshots are kept: after an interruption the same Fit goes on from the last, with the same result. Null for none.</summary>
        public string? CheckpointDirectory { get; set; }

        /// <summary>Steps between snapshots.</summary>
        public int CheckpointInterval { get; set; } = 500;

        /// <summary>Steps between reports of progress.</summary>
        public int ProgressInterval { get; set; } = 50;

        /// <summary>
        /// Is told how far the training has come, validations included, on the thread that trains; what it throws ends the training. Null for
        /// nobody. The log and the progress channel are told in any case.
        /// </summary>
        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>How texts are masked, checked.</summary>
        internal MaskingOptions ToMaskingOptions(IExceptionContext env, int seed)
        {
            env.CheckUserArg(TrainingSchedule is not null, nameof(TrainingSchedule), "It is null; expected MaskSchedule.Linear or another schedule");
            env.CheckUserArg(
                SpindleStrength >= 0 && double.IsFinite(SpindleStrength), nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture, $"It is {SpindleStrength}; expected 0 for none, or a finite number above it; 0.1 to 0.3 is usual"));
            env.CheckUserArg(
                SpindleStrength == 0 || TrainingSchedule == MaskSchedule.Linear, nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture, $"It is {SpindleStrength} and TrainingSchedule {TrainingSchedule}; expected one of the two"));
            var masking = new MaskingOptions
            {
                Schedule = TrainingSchedule!,
                Weighting = Weighting,
                MinTime = MinTime,
                MaxTime = MaxTime,
                Steps = TrainingSteps,
                LabelSmoothing = LabelSmoothing,
                PrefixShare = PrefixShare,
                RandomLengthShare = RandomLengthShare,
                TokenWeight = TokenWeight,
                Seed = (ulong)(uint)seed,
            };
            masking.Validate();
            return masking;
        }

        internal TrainingOptions ToTrainingOptions(int seed) => new()
        {
            Epochs = Epochs,
            BatchTokens = BatchTokens,
            LearningRate = LearningRate,
            WarmUp = WarmUp,
            Decay = Decay,
            WeightDecay = WeightDecay,
            ClipNorm = ClipNorm,
            AccumulationSteps = AccumulationSteps,
            GradientCheckpointing = Recompute,
            EmaDecay = AveragingDecay,
            ValidationInterval = ValidationInterval,
            Patience = Patience,
            CheckpointDirectory = CheckpointDirectory,
            CheckpointInterval = CheckpointInterval,
            ProgressInterval = ProgressInterval,
            Seed = (ulong)(uint)seed,
        };
    }
}
