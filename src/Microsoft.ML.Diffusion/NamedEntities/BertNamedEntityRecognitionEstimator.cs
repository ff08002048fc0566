using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary><see cref="IEstimator{TTransformer}"/> that teaches an encoder to label the words of a text, so as to find named entities.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Words: a vector of [Text](xref:Microsoft.ML.Data.TextDataViewType), or a text that is split. Labels: a vector of [keys](xref:Microsoft.ML.Data.KeyDataViewType) or of text, one a word; or the types, starts and lengths of entities |
/// | Output column data type | A vector of keys, the label of each word; vectors of its probabilities, of the words, and of the entities' types, texts, starts, lengths and scores |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Each word is labelled at its first token, as in Devlin et al., BERT (2019). A text that is longer than the model takes is read in
/// overlapping windows, each word where it has most context. The same data, options and seed give the same model, whatever the number of
/// threads. See docs/named-entities.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="NamedEntityCatalog.BertNamedEntityRecognition"/>
public sealed class BertNamedEntityRecognitionEstimator : IEstimator<BertNamedEntityRecognitionTransformer>
{
    private readonly IHost _host;
    private readonly string _labelColumnName;
    private readonly string _sentenceColumnName;
    private readonly Options _options;
    private readonly FineTuningOptions _given; // the caller's own object, whose token is read when Fit is called
    private readonly NamedEntityOutput _output;
    private readonly EncoderModel _model;
    private readonly EncoderConfiguration _configuration;
    private readonly int _seed;
    private readonly TrainingOptions _training;
    private readonly LabelWindowOptions _windows;
    private readonly Dictionary<string, double> _classWeights;
    private readonly bool _hasSpans;
    private readonly WordSplitting? _splitting;

    internal BertNamedEntityRecognitionEstimator(
        IHostEnvironment env, string labelColumnName, string outputColumnName, string sentence1ColumnName, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(labelColumnName, nameof(labelColumnName));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(sentence1ColumnName, nameof(sentence1ColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        MLNetVersion.Check(env);
        _host = env.Register(nameof(BertNamedEntityRecognitionEstimator));
        EngineChoice.Check(_host, options.Threads);
        (_labelColumnName, _sentenceColumnName, _options, _output) = (labelColumnName, sentence1ColumnName, options.Copy(), options.ToOutput(_host, outputColumnName));
        _host.CheckUserArg(
            options.LabelStartColumnName is null == options.LabelLengthColumnName is null, nameof(options.LabelLengthColumnName),
            $"LabelStartColumnName is {Quoted(options.LabelStartColumnName)} and LabelLengthColumnName {Quoted(options.LabelLengthColumnName)}; expected both, for entities given by their characters, or none, for a label a word");
        _given = options;
        (_hasSpans, _splitting) = (options.LabelStartColumnName is not null, options.Splitting);
        _host.CheckUserArg(options.Splitting is null || Enum.IsDefined(options.Splitting.Value), nameof(options.Splitting), $"It is {options.Splitting}; expected Spaces or Punctuation, or null");
        _host.CheckUserArg(
            options.LabelSmoothing is >= 0 and < 1, nameof(options.LabelSmoothing),
            string.Create(CultureInfo.InvariantCulture, $"It is {options.LabelSmoothing}; expected a share from 0 to below 1"));
        _classWeights = options.ClassWeights is null ? [] : new Dictionary<string, double>(options.ClassWeights);
        foreach ((string label, double weight) in _classWeights)
            _host.CheckUserArg(weight >= 0 && double.IsFinite(weight), nameof(options.ClassWeights), string.Create(CultureInfo.InvariantCulture, $"The weight of '{label}' is {weight}; expected 0 or more"));
        // Whether all weights are 0 depends on the labels without one; how far these are apart does not.
        _ = ClassWeights.Normalize([.. _classWeights.Values.Where(weight => weight > 0)]);
        _seed = FineTuning.SeedOf(_host, options.Seed, options.CheckpointDirectory);
        _training = options.ToTrainingOptions(_host, _seed);
        _model = options.Model;
        _configuration = EncoderCheckpoint.ReadConfiguration(_model.Files);
        _windows = new LabelWindowOptions { MaxLength = options.MaxLength == 0 ? null : options.MaxLength, StrideOverlap = options.StrideOverlap };
        _windows.Validate(_configuration);
    }

    /// <summary>Learns from the columns of words and labels.</summary>
    /// <param name="input">The data; read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">A row's words and labels do not fit together, or there is nothing to learn from.</exception>
    /// <exception cref="CheckpointException">The model cannot be read.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="OperationCanceledException">
    /// The options' token, or the context, was cancelled; nothing is left of the training but its snapshots.
    /// </exception>
    public BertNamedEntityRecognitionTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return FineTuning.Fit<BertNamedEntityRecognitionTransformer, TaskModel>(
            _host, nameof(BertNamedEntityRecognitionEstimator), _training, (channel, stop) => Fit(input, channel, stop), _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        NamedEntityColumns.CheckWords(_host, inputSchema, _sentenceColumnName);
        NamedEntityColumns.CheckTags(_host, inputSchema, _labelColumnName);
        if (_hasSpans)
        {
            NamedEntityColumns.CheckNumbers(_host, inputSchema, _options.LabelStartColumnName!, "entity start");
            NamedEntityColumns.CheckNumbers(_host, inputSchema, _options.LabelLengthColumnName!, "entity length");
        }
        return _output.AddTo(inputSchema);
    }

    private BertNamedEntityRecognitionTransformer Fit(IDataView input, IChannel channel, CancellationToken cancellationToken)
    {
        (List<TaggedWords> learned, List<TaggedWords> heldOut) = Read(input, nameof(input), _options.ValidationFraction, channel, cancellationToken);
        if (_options.ValidationSet is IDataView validation)
            heldOut = Read(validation, nameof(_options.ValidationSet), 0, channel, cancellationToken).Learned;
        LabelSet labels = FindLabels(input.Schema, learned);
        float[] classWeights = Weights(labels);
        var examples = new TokenClassificationExamples(_model.Tokenizer, _configuration, _windows);
        var decoder = new TagDecoder(labels);
        bool areIob2 = true;
        foreach (TaggedWords row in learned)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] targets = [.. row.Tags.Select(tag => tag is null ? -1 : labels.IndexOf(tag))];
            areIob2 &= decoder.IsValid(targets);
            examples.Add(row.Sequence, targets);
        }
        FineTuning.Warn(channel, examples.CutWords, "words have more pieces than the model takes at once; the first pieces of each are read");
        if (_options.ConstrainedDecoding is null && !areIob2)
            channel.Info("The labels are not all valid IOB2 sequences, so that each word gets its most probable label.");
        var prediction = new TokenClassifierOptions { Windows = _windows, ConstrainedDecoding = _options.ConstrainedDecoding ?? areIob2 };
        TaskModel model = _model.LoadForTask(
            new TaskConfiguration(TaskKind.TokenClassification, [.. labels]), EngineChoice.Of(_host, _options.Threads), _training.Seed,
            dropout: _options.DropoutRate, cancellationToken: cancellationToken);
        try
        {
            channel.Info(
                "{0} words of {1} texts to learn from, in {2} windows of {3} tokens; {4} texts held out; {5} labels; {6} parameters; {7}.",
                examples.WordCount, learned.Count, examples.Count, examples.TokenCount, heldOut.Count, labels.Count, model.Parameters.Length, model.Engine.Name);
            model.PrepareForTraining(cancellationToken);
            var task = new TokenClassificationTask(
                model, _model.Tokenizer, examples,
                new TokenClassificationOptions { ClassWeights = classWeights, LabelSmoothing = _options.LabelSmoothing, Prediction = prediction }, heldOut);
            TrainingReport report = FineTuning.Run(_host, "BertNamedEntityRecognition", channel, model, task, _training, _options.UsualRate(_configuration.HiddenSize), _options.Progress, cancellationToken);
            model.PrepareForInference();
            return new BertNamedEntityRecognitionTransformer(
                _host, _sentenceColumnName, _output, _splitting ?? SplittingOf(input.Schema), prediction, SharedModel<TaskModel>.Share(model), _model.Tokenizer)
            {
                TrainingReport = report,
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private (List<TaggedWords> Learned, List<TaggedWords> HeldOut) Read(
        IDataView input, string name, double heldOutShare, IChannel channel, CancellationToken cancellationToken)
    {
        DataViewSchema.Column sentence = NamedEntityColumns.FindWords(_host, input.Schema, _sentenceColumnName);
        DataViewSchema.Column[] label = _hasSpans
            ? NamedEntityColumns.FindSpans(_host, input.Schema, _labelColumnName, _options.LabelStartColumnName!, _options.LabelLengthColumnName!)
            : [NamedEntityColumns.FindTags(_host, input.Schema, _labelColumnName, "label")];
        var learned = new List<TaggedWords>();
        var heldOut = new List<TaggedWords>();
        ulong key = FineTuning.HoldOutKey(_seed);
        long row = 0, empty = 0, unlabelled = 0, widened = 0, loneSurrogates = 0;
        using (DataViewRowCursor cursor = input.GetRowCursor([sentence, .. label]))
        {
            Func<WordSequence> getWords = NamedEntityColumns.MakeWordsGetter(cursor, sentence, _model.Tokenizer, _splitting ?? SplittingOf(input.Schema));
            Func<WordSequence, string?[]> getTags = _hasSpans ? MakeSpanTagsGetter(cursor, label) : MakeTagsGetter(cursor, label[0]);
            for (; cursor.MoveNext(); row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                WordSequence words = getWords();
                string?[] tags;
                try
                {
                    tags = getTags(words);
                }
                catch (ArgumentException exception)
                {
                    throw _host.ExceptParam(name, $"Row {row}: {exception.Message}");
                }
                loneSurrogates += words.LoneSurrogates;
                if (tags.Length == 0)
                {
                    empty++;
                    continue;
                }
                unlabelled += tags.Count(tag => tag is null);
                bool held = FineTuning.HoldsOut(key, row, heldOutShare);
                (held ? heldOut : learned).Add(new TaggedWords(words, tags));
            }
        }
        if (!learned.Exists(text => text.Tags.Any(tag => tag is not null)))
        {
            string found = heldOut.Count > 0 ? "no word has a label but those held out; lower ValidationFraction."
                : empty == row ? $"none of the {row} rows has a word in '{_sentenceColumnName}'; expected words, and a label for each."
                    + " Check that the column is filled."
                : $"no word has a label in '{_labelColumnName}', of {row} rows; expected one for each word that is to be learned."
                    + " Check that the column is filled.";
            throw FineTuning.NothingToLearn(_host, name, row, $"words in '{_sentenceColumnName}' and labels in '{_labelColumnName}'", found);
        }
        FineTuning.Warn(channel, empty, "rows have no words and were left out");
        FineTuning.Warn(channel, unlabelled, "words have no label and are not learned from");
        FineTuning.Warn(channel, widened, "entities begin or end inside a word, and were taken to be the whole of it");
        FineTuning.Warn(channel, loneSurrogates, "lone surrogates were read as U+FFFD");
        return (learned, heldOut);

        Func<WordSequence, string?[]> MakeTagsGetter(DataViewRow cursor, DataViewSchema.Column column)
        {
            Func<string?[]> get = NamedEntityColumns.MakeTagsGetter(_host, cursor, column);
            string split = sentence.Type is VectorDataViewType ? "" : $" The text was split by WordSplitting.{_splitting ?? SplittingOf(input.Schema)}.";
            return words =>
            {
                string?[] tags = get();
                return tags.Length == words.Words.Count ? tags : throw new ArgumentException(
                    $"there are {words.Words.Count} words in '{sentence.Name}' and {tags.Length} labels in '{column.Name}'; expected one label a word.{split} The words begin with \"{string.Join(' ', words.Words.Take(5).Select(word => words.Text[word.Start..word.End]))}\".");
            };
        }

        Func<WordSequence, string?[]> MakeSpanTagsGetter(DataViewRow cursor, DataViewSchema.Column[] columns)
        {
            Func<CharacterSpan[]> get = NamedEntityColumns.MakeSpansGetter(_host, cursor, columns);
            return words =>
            {
                string[] tags = CharacterSpans.ToTags(words, get(), out int widenedHere);
                widened += widenedHere;
                return tags;
            };
        }
    }

    /// <summary>Labels a word are counted where the user splits, at spaces; entities have places of their own.</summary>
    private WordSplitting SplittingOf(DataViewSchema schema) =>
        _hasSpans || schema[_sentenceColumnName].Type is VectorDataViewType ? WordSplitting.Punctuation : WordSplitting.Spaces;

    /// <summary>
    /// The labels, in the order of the keys, and O after them where missing keys stand for it; else those that occur, in the model's own
    /// order where it has the same.
    /// </summary>
    private LabelSet FindLabels(DataViewSchema schema, List<TaggedWords> rows)
    {
        if (!_hasSpans && NamedEntityColumns.KeyValues(schema[_labelColumnName]) is string[] names)
            return new LabelSet(names.Contains(NamedEntityColumns.Outside) || !rows.Exists(row => row.Tags.Contains(NamedEntityColumns.Outside)) ? names : [.. names, NamedEntityColumns.Outside]);
        IEnumerable<string> tags = rows.SelectMany(row => row.Tags).OfType<string>();
        if (_hasSpans)
            tags = tags.Distinct().Select(EntityTag.Parse).Where(tag => tag.Type.Length > 0).SelectMany(tag => (string[])["B-" + tag.Type, "I-" + tag.Type]).Append(NamedEntityColumns.Outside);
        LabelSet found = LabelSet.FromData(tags);
        ConfigurationJson configuration = _model.Files.OpenConfiguration();
        if (!configuration.Has("id2label"))
            return found;
        IReadOnlyList<string> known = TaskConfiguration.Read(configuration, TaskKind.TokenClassification).Labels;
        return known.Order(StringComparer.Ordinal).SequenceEqual(found.Order(StringComparer.Ordinal)) ? new LabelSet(known) : found;
    }

    private float[] Weights(LabelSet labels)
    {
        if (_classWeights.Count == 0)
            return [];
        var weights = new double[labels.Count];
        Array.Fill(weights, 1);
        foreach ((string label, double weight) in _classWeights)
            weights[labels.IndexOf(label)] = weight;
        return ClassWeights.Normalize(weights);
    }

    private static string Quoted(string? name) => name is null ? "null" : $"'{name}'";

    /// <summary>Columns, and how the model is taught.</summary>
    public sealed class Options : FineTuningOptions
    {
        /// <summary>
        /// Makes options with the settings that docs/named-entities.md has figures of, for models of some million parameters: 4 epochs, dropout at
        /// a rate of 0.1, and weights averaged at 0.998. Where no rate is given, models narrower than 384 learn at 1e-3, wider ones as
        /// <see cref="FineTuningOptions.LearningRate"/> says.
        /// </summary>
        public Options() => (Epochs, DropoutRate, AveragingDecay) = (4, 0.1, 0.998);

        /// <summary>
        /// The column that says where each entity starts, in UTF-16 characters of the text, a vector of int; the label column then has the
        /// entities' types. Null where there is a label a word.
        /// </summary>
        public string? LabelStartColumnName { get; set; }

        /// <summary>The column with the length of each entity, in UTF-16 characters: a vector of int. Null where there is a label a word.</summary>
        public string? LabelLengthColumnName { get; set; }

        /// <summary>The column that is written with the probability of each word's label: a vector of float.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The column that is written with the words themselves: a vector of text.</summary>
        public string WordColumnName { get; set; } = "Word";

        /// <summary>The column that is written with the type of each entity found: a vector of text.</summary>
        public string EntityTypeColumnName { get; set; } = "EntityType";

        /// <summary>The column that is written with each entity found: a vector of text.</summary>
        public string EntityTextColumnName { get; set; } = "EntityText";

        /// <summary>
        /// The column that is written with the start of each entity found, in UTF-16 characters of the text, or of the words joined by
        /// spaces: a vector of int.
        /// </summary>
        public string EntityStartColumnName { get; set; } = "EntityStart";

        /// <summary>The column that is written with the length of each entity found, in UTF-16 characters: a vector of int.</summary>
        public string EntityLengthColumnName { get; set; } = "EntityLength";

        /// <summary>The column that is written with the score of each entity found, the geometric mean of its words' probabilities: a vector of float.</summary>
        public string EntityScoreColumnName { get; set; } = "EntityScore";

        /// <summary>
        /// How a text is split into words. Null: at spaces, as Microsoft.ML.TorchSharp does, where the model is taught on texts with a label a
        /// word; at white space and punctuation where it is taught on entities given by their characters, or on words.
        /// </summary>
        public WordSplitting? Splitting { get; set; }

        /// <summary>
        /// Whether the labels of a text are its most probable valid IOB2 sequence, found by Viterbi's algorithm, rather than the most probable
        /// label of each word. Null: where all labels that are learned from are valid.
        /// </summary>
        public bool? ConstrainedDecoding { get; set; }

        /// <summary>The weights of labels' words in the loss, by label; 1 where it says nothing. Null for 1 throughout.</summary>
        public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

        /// <summary>The share of the target that is spread evenly over all labels, from 0 to below 1.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>The most tokens that are read together, opening and closing token included; 0 for as many as the model takes.</summary>
        public int MaxLength { get; set; }

        /// <summary>How many tokens neighbouring windows of a longer text share, at most; null for a quarter of a window.</summary>
        public int? StrideOverlap { get; set; }

        /// <inheritdoc/>
        public override double UsualRate(int width) => width < 384 ? 1e-3 : base.UsualRate(width);

        internal Options Copy() => (Options)MemberwiseClone();

        internal NamedEntityOutput ToOutput(IExceptionContext env, string outputColumnName)
        {
            var output = new NamedEntityOutput(
                outputColumnName, ScoreColumnName, WordColumnName, EntityTypeColumnName, EntityTextColumnName, EntityStartColumnName, EntityLengthColumnName,
                EntityScoreColumnName);
            foreach (string name in output.Names)
                env.CheckNonWhiteSpace(name, nameof(Options));
            string? twice = output.Names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
            env.CheckUserArg(twice is null, nameof(outputColumnName), $"Two of the columns that are written are called '{twice}'; expected names that differ");
            return output;
        }
    }
}
