using System.Globalization;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>Trains a model to write texts by masked diffusion.</summary>
internal sealed class MaskedDiffusionRecipe : ITrainingRecipe<DiffusionGenerateTransformer, MaskedLanguageModel>
{
    private readonly TrainerSetup _setup;
    private readonly WritingColumns _columns;
    private readonly string _textColumnName;
    private readonly GenerationSettings _settings;
    private readonly MaskingOptions _masking;
    private readonly double _spindleStrength;

    /// <summary>Checks the options.</summary>
    public MaskedDiffusionRecipe(TrainerSetup setup, string outputColumnName, string promptColumnName, string textColumnName)
    {
        var options = (MaskedDiffusionEstimator.Options)setup.Options;
        setup.Host.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        setup.Host.CheckNonWhiteSpace(promptColumnName, nameof(promptColumnName));
        setup.Host.CheckNonWhiteSpace(textColumnName, nameof(textColumnName));
        setup.Host.CheckValue(options.Generation, nameof(options.Generation));
        TextColumns.CheckTrace(setup.Host, options.Generation.TraceColumnName, outputColumnName);
        (_setup, _columns, _textColumnName) =
            (setup, new WritingColumns(outputColumnName, promptColumnName, options.Generation.TraceColumnName), textColumnName);
        _settings = options.Generation.ToSettings(setup.Model.Configuration, setup.Model.Tokenizer, setup.Seed);
        (_masking, _spindleStrength) = (options.ToMaskingOptions(setup.Host, setup.Seed), options.SpindleStrength);
    }

    public IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema) =>
        [TextColumns.Find(_setup.Host, schema, _columns.Input, "prompt"), TextColumns.Find(_setup.Host, schema, _textColumnName, "text")];

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TextColumns.Check(_setup.Host, inputSchema, _columns.Input, "prompt");
        TextColumns.Check(_setup.Host, inputSchema, _textColumnName, "text");
        return _columns.AddTo(inputSchema, _settings.Samples);
    }

    public TrainingJob<DiffusionGenerateTransformer, MaskedLanguageModel> NewJob(IDataView input) => new Job(this);

    private MaskedTexts NewTexts() => new(_setup.Model.Tokenizer, _setup.Model.Configuration.MaxLength);

    private sealed class Job(MaskedDiffusionRecipe recipe) : TrainingJob<DiffusionGenerateTransformer, MaskedLanguageModel>
    {
        private readonly MaskedTexts _learned = recipe.NewTexts(), _heldOut = recipe.NewTexts();
        private long _empty;

        public override string Summary =>
            $"{_learned.Sequences.Count} sequences of {_learned.Sequences.TokenCount} tokens for training, " +
            $"{_heldOut.Sequences.Count} held out";

        public override Action<bool> MakeReader(DataViewRow row, bool isValidation)
        {
            _empty = 0;
            ValueGetter<ReadOnlyMemory<char>>[] get = [.. recipe.FindColumns(row.Schema).Select(row.GetGetter<ReadOnlyMemory<char>>)];
            ReadOnlyMemory<char> prompt = default, text = default;
            return isHeldOut =>
            {
                get[0](ref prompt);
                get[1](ref text);
                if (text.IsEmpty)
                    _empty++;
                (isHeldOut ? _heldOut : _learned).Add(prompt.Span, text.Span);
            };
        }

        public override void EndRead(long rows, bool isValidation, IChannel channel)
        {
            if (_learned.Sequences.Count == 0)
            {
                throw FineTuning.NothingToLearn(recipe._setup.Host, "input", rows, $"a text in the column '{recipe._textColumnName}'",
                    _heldOut.Sequences.Count > 0
                    ? $"all texts of the column '{recipe._textColumnName}' that are not empty are held out. Lower ValidationFraction."
                    : $"of {rows} rows, none has a text in the column '{recipe._textColumnName}' that is not empty; " +
                        "expected training texts."
                        + " Check that the column is filled.");
            }
            MaskedTexts[] read = isValidation ? [_heldOut] : [_learned, _heldOut];
            FineTuning.Warn(channel, _empty, "texts are empty and were left out");
            FineTuning.Warn(channel, read.Sum(texts => texts.SplitTexts),
                string.Create(CultureInfo.InvariantCulture,
                    $"texts are longer than the model's {recipe._setup.Model.Configuration.MaxLength} tokens and were cut into several"));
            FineTuning.Warn(channel, read.Sum(texts => texts.TruncatedPrompts),
                "prompts take more than half of the model's length; the end of each was kept");
            FineTuning.Warn(channel, read.Sum(texts => texts.LoneSurrogates), "lone surrogates were read as U+FFFD");
        }

        public override MaskedLanguageModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken) =>
            recipe._setup.Model.Source.LoadForTraining(engine, recipe._setup.Options.DropoutRate, cancellationToken);

        public override TrainingTask MakeTask(MaskedLanguageModel model)
        {
            MaskingOptions masking = recipe._spindleStrength == 0 ? recipe._masking
                : recipe._masking with { Schedule = MaskSchedule.Spindle(recipe._spindleStrength, Histogram()) };
            return new MaskedDiffusionTask(model, recipe._setup.Model.Tokenizer, _learned, masking,
                _heldOut.Sequences.Count > 0 ? _heldOut : null);
        }

        public override DiffusionGenerateTransformer MakeTransformer(MaskedLanguageModel model, TrainingReport report, IChannel channel,
            CancellationToken cancellationToken) =>
            new(recipe._setup.Host, recipe._columns, SharedModel<MaskedLanguageModel>.Share(model), recipe._setup.Model.Tokenizer,
                recipe._settings);

        /// <summary>The number of occurrences of each token in the training texts, without prompts and special tokens.</summary>
        private TokenHistogram Histogram()
        {
            TokenHistogram histogram = new(recipe._setup.Model.Tokenizer.VocabularySize);
            for (int i = 0; i < _learned.Sequences.Count; i++)
            {
                foreach (int token in _learned.Sequences[i][_learned.Leading[i]..])
                {
                    if (!recipe._setup.Model.Tokenizer.IsSpecial(token))
                        histogram.Add(token, 1);
                }
            }
            return histogram;
        }
    }
}
