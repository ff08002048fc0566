using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>Trains a model to label the words of a text.</summary>
internal sealed class NamedEntityRecipe : ITrainingRecipe<BertNamedEntityRecognitionTransformer, TaskModel>
{
    private readonly TrainerSetup _setup;
    private readonly BertNamedEntityRecognitionEstimator.Options _options;
    private readonly NamedEntityOutput _output;
    private readonly LabelWindowOptions _windows;
    private readonly Dictionary<string, double> _classWeights;
    private readonly bool _hasSpans;

    /// <summary>Checks the options.</summary>
    /// <param name="setup">The estimator's setup, with its own type of options.</param>
    public NamedEntityRecipe(TrainerSetup setup)
    {
        var options = (BertNamedEntityRecognitionEstimator.Options)setup.Options;
        IHost host = setup.Host;
        ColumnNames.Check(host, options.LabelColumnName, nameof(options.LabelColumnName), "the column with the labels");
        ColumnNames.Check(host, options.Sentence1ColumnName, nameof(options.Sentence1ColumnName), "the column with the texts");
        foreach ((string? name, string option, string column) in ((string?, string, string)[])
            [
                (options.LabelStartColumnName, nameof(options.LabelStartColumnName), "the column with the start of the entities"),
                (options.LabelLengthColumnName, nameof(options.LabelLengthColumnName), "the column with the length of the entities"),
            ])
            ColumnNames.CheckOptional(host, name, option, column, "a label for each word");
        (_setup, _options, _output, _hasSpans) = (setup, options, options.ToOutput(host), options.LabelStartColumnName is not null);
        host.CheckUserArg(
            _hasSpans == options.LabelLengthColumnName is not null, nameof(options.LabelLengthColumnName),
            $"LabelStartColumnName is {Quoted(options.LabelStartColumnName)} and LabelLengthColumnName " +
                $"{Quoted(options.LabelLengthColumnName)}; expected both, for entities given by their characters, or neither, for a " +
                "label for each word");
        options.CheckSplitting(host);
        host.CheckUserArg(
            options.LabelSmoothing is >= 0 and < 1, nameof(options.LabelSmoothing),
            string.Create(CultureInfo.InvariantCulture, $"It is {options.LabelSmoothing}; expected a share from 0 to below 1"));
        _classWeights = options.ClassWeights is null ? [] : new Dictionary<string, double>(options.ClassWeights);
        foreach ((string label, double weight) in _classWeights)
            host.CheckUserArg(weight >= 0 && double.IsFinite(weight), nameof(options.ClassWeights),
                string.Create(CultureInfo.InvariantCulture, $"The weight of '{label}' is {weight}; expected 0 or more"));
        // Whether all weights are 0 depends on the labels, because a label that is not listed has weight 1; whether the weights are too far
        // apart does not depend on them.
        _ = ClassWeights.Normalize([.. _classWeights.Values.Where(weight => weight > 0)]);
        _windows = options.ToWindows(setup.Model);
    }

    public IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema) =>
        [NamedEntityColumns.FindWords(_setup.Host, schema, _options.Sentence1ColumnName), .. FindLabels(schema)];

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        NamedEntityColumns.CheckWords(_setup.Host, inputSchema, _options.Sentence1ColumnName);
        NamedEntityColumns.CheckTags(_setup.Host, inputSchema, _options.LabelColumnName);
        if (_hasSpans)
        {
            NamedEntityColumns.CheckNumbers(_setup.Host, inputSchema, _options.LabelStartColumnName!, "entity start");
            NamedEntityColumns.CheckNumbers(_setup.Host, inputSchema, _options.LabelLengthColumnName!, "entity length");
        }
        return _output.AddTo(inputSchema);
    }

    public TrainingJob<BertNamedEntityRecognitionTransformer, TaskModel> NewJob(IDataView input) => new Job(this, input.Schema);

    /// <summary>The column of labels; or those of entities: their types, starts and lengths.</summary>
    private DataViewSchema.Column[] FindLabels(DataViewSchema schema) => _hasSpans
        ? NamedEntityColumns.FindSpans(_setup.Host, schema, _options.LabelColumnName, _options.LabelStartColumnName!,
            _options.LabelLengthColumnName!)
        : [NamedEntityColumns.FindTags(_setup.Host, schema, _options.LabelColumnName, "label")];

    /// <summary>
    /// The splitting from the options. The default for a label per word is at spaces, because the labels count the words that the user
    /// split; entities are given by their characters, so any splitting works.
    /// </summary>
    private WordSplitting SplittingOf(DataViewSchema schema) => _options.Splitting
        ?? (_hasSpans || schema[_options.Sentence1ColumnName].Type is VectorDataViewType ? WordSplitting.Punctuation
            : WordSplitting.Spaces);

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

    private sealed class Job(NamedEntityRecipe recipe, DataViewSchema schema)
        : TrainingJob<BertNamedEntityRecognitionTransformer, TaskModel>
    {
        private readonly List<TaggedWords> _learned = [], _heldOut = [];
        private readonly TokenClassificationExamples _examples =
            new(recipe._setup.Model.Tokenizer, recipe._setup.Model.Configuration, recipe._windows);
        private long _empty, _unlabeled, _widened, _loneSurrogates;
        private LabelSet? _labels;
        private TokenClassificationOptions? _classification;

        public override string Summary =>
            $"{_examples.WordCount} words of {_learned.Count} texts to train on, in {_examples.Count} windows of " +
                $"{_examples.TokenCount} tokens;"
            + $" {_heldOut.Count} texts held out; {_labels!.Count} labels";

        public override Action<bool> MakeReader(DataViewRow row, bool isValidation)
        {
            (_empty, _unlabeled, _widened, _loneSurrogates) = (0, 0, 0, 0);
            DataViewSchema.Column sentence =
                NamedEntityColumns.FindWords(recipe._setup.Host, row.Schema, recipe._options.Sentence1ColumnName);
            WordSplitting splitting = recipe.SplittingOf(row.Schema);
            Func<WordSequence> getWords = NamedEntityColumns.MakeWordsGetter(row, sentence, recipe._setup.Model.Tokenizer, splitting);
            DataViewSchema.Column[] label = recipe.FindLabels(row.Schema);
            Func<WordSequence, string?[]> getTags = recipe._hasSpans ? MakeSpanTagsGetter(row, label)
                : MakeTagsGetter(row, label[0], sentence, splitting);
            return isHeldOut =>
            {
                WordSequence words = getWords();
                string?[] tags;
                try
                {
                    tags = getTags(words);
                }
                catch (ArgumentException exception)
                {
                    throw recipe._setup.Host.ExceptParam(NameOf(isValidation), $"Row {row.Position}: {exception.Message}");
                }
                _loneSurrogates += words.LoneSurrogates;
                if (tags.Length == 0)
                {
                    _empty++;
                    return;
                }
                _unlabeled += tags.Count(tag => tag is null);
                (isHeldOut ? _heldOut : _learned).Add(new TaggedWords(words, tags));
            };
        }

        public override void EndRead(long rows, bool isValidation, IChannel channel)
        {
            (string words, string labels) = (recipe._options.Sentence1ColumnName, recipe._options.LabelColumnName);
            if (!(isValidation ? _heldOut : _learned).Exists(text => text.Tags.Any(tag => tag is not null)))
            {
                string found = !isValidation && _heldOut.Count > 0 ? "no word has a label but those held out; lower ValidationFraction."
                    : _empty == rows ? $"none of the {rows} rows has a word in '{words}'; expected words, and a label for each."
                        + " Check that the column is filled."
                    : $"no word has a label in '{labels}', of {rows} rows; expected one for each word to train on."
                        + " Check that the column is filled.";
                throw FineTuning.NothingToLearn(recipe._setup.Host, NameOf(isValidation), rows,
                    $"words in '{words}' and labels in '{labels}'", found);
            }
            FineTuning.Warn(channel, _empty, "rows have no words and were left out");
            FineTuning.Warn(channel, _unlabeled, "words have no label and are not trained on");
            FineTuning.Warn(channel, _widened, "entities begin or end inside a word, and were extended to the whole word");
            FineTuning.Warn(channel, _loneSurrogates, "lone surrogates were read as U+FFFD");
            if (recipe._hasSpans || isValidation)
                return;
            var survey = new TagSurvey();
            foreach (TaggedWords text in _learned)
                survey.Add(text.Tags);
            foreach (string oddity in survey.FindOddities())
                channel.Warning("'{0}': {1}", labels, oddity);
        }

        public override TaskModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken)
        {
            _labels = FindLabelSet();
            float[] weights = recipe.Weights(_labels);
            var decoder = new TagDecoder(_labels);
            bool areValid = true;
            foreach (TaggedWords row in _learned)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] targets = [.. row.Tags.Select(tag => tag is null ? -1 : _labels.IndexOf(tag))];
                areValid &= decoder.IsValid(targets);
                _examples.Add(row.Sequence, targets);
            }
            FineTuning.Warn(channel, _examples.CutWords,
                "words have more pieces than the model takes at once; the first pieces of each are read");
            if (recipe._options.ConstrainedDecoding is null && !areValid)
                channel.Info("The labels are not all valid sequences of their scheme, so each word gets its most probable label.");
            _classification = new TokenClassificationOptions
            {
                ClassWeights = weights,
                LabelSmoothing = recipe._options.LabelSmoothing,
                Prediction = new TokenClassifierOptions
                {
                    Windows = recipe._windows, ConstrainedDecoding = recipe._options.ConstrainedDecoding ?? areValid
                },
            };
            return recipe._setup.Model.Source.LoadForTask(
                new TaskConfiguration(TaskKind.TokenClassification, [.. _labels]), engine, recipe._setup.Training.Seed,
                dropout: recipe._options.DropoutRate, cancellationToken: cancellationToken);
        }

        public override TrainingTask MakeTask(TaskModel model) =>
            new TokenClassificationTask(model, recipe._setup.Model.Tokenizer, _examples, _classification!, _heldOut);

        public override BertNamedEntityRecognitionTransformer MakeTransformer(TaskModel model, TrainingReport report, IChannel channel,
            CancellationToken cancellationToken) => new(
            recipe._setup.Host, recipe._options.Sentence1ColumnName, recipe._output, recipe.SplittingOf(schema),
            _classification!.Prediction, SharedModel<TaskModel>.Share(model),
            recipe._setup.Model.Tokenizer)
        {
            TrainingReport = report,
        };

        private static string NameOf(bool isValidation) => isValidation ? nameof(TrainerOptions.ValidationSet) : "input";

        private Func<WordSequence, string?[]> MakeTagsGetter(DataViewRow row, DataViewSchema.Column column, DataViewSchema.Column sentence,
            WordSplitting splitting)
        {
            Func<string?[]> get = NamedEntityColumns.MakeTagsGetter(recipe._setup.Host, row, column);
            string split = sentence.Type is VectorDataViewType ? "" : $" The text was split by WordSplitting.{splitting}.";
            return words =>
            {
                string?[] tags = get();
                return tags.Length == words.Words.Count ? tags : throw new ArgumentException(
                    $"there are {words.Words.Count} words in '{sentence.Name}' and {tags.Length} labels in '{column.Name}'; expected one " +
                        $"label for each word.{split} The words begin with " +
                        $"\"{string.Join(' ', words.Words.Take(5).Select(word => words.Text[word.Start..word.End]))}\".");
            };
        }

        private Func<WordSequence, string?[]> MakeSpanTagsGetter(DataViewRow row, DataViewSchema.Column[] columns)
        {
            Func<CharacterSpan[]> get = NamedEntityColumns.MakeSpansGetter(recipe._setup.Host, row, columns);
            return words =>
            {
                string[] tags = CharacterSpans.ToTags(words, get(), out int widened);
                _widened += widened;
                return tags;
            };
        }

        /// <summary>
        /// The labels in the order of the keys, followed by O if missing keys mean O. For text labels, the labels that occur, in the
        /// model's own order if it has the same labels.
        /// </summary>
        private LabelSet FindLabelSet()
        {
            if (!recipe._hasSpans && NamedEntityColumns.KeyValues(schema[recipe._options.LabelColumnName]) is string[] names)
                return new LabelSet(names.Contains(NamedEntityColumns.Outside) ||
                    !_learned.Exists(row => row.Tags.Contains(NamedEntityColumns.Outside)) ? names
                    : [.. names, NamedEntityColumns.Outside]);
            IEnumerable<string> tags = _learned.SelectMany(row => row.Tags).OfType<string>();
            if (recipe._hasSpans)
            {
                tags = tags.Where(tag => tag != NamedEntityColumns.Outside)
                    .SelectMany(tag => (string[])["B" + tag[1..], "I" + tag[1..]]).Append(NamedEntityColumns.Outside);
            }
            LabelSet found = LabelSet.FromData(tags);
            IReadOnlyList<string>? known = TaskConfiguration.FindLabels(recipe._setup.Model.Json);
            return known is not null && known.Order(StringComparer.Ordinal).SequenceEqual(found.Order(StringComparer.Ordinal))
                ? new LabelSet(known)
                : found;
        }
    }
}
