using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>Trains a model to classify or score texts or pairs of texts.</summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
internal sealed class SequenceRecipe<TTransformer> : ITrainingRecipe<TTransformer, TaskModel> where TTransformer : BertSequenceTransformer
{
    private readonly TrainerSetup _setup;
    private readonly SequenceColumns _columns;
    private readonly SequenceLabels _labels;
    private readonly Func<IHost, SharedModel<TaskModel>.Hold, Tokenizer, SequenceSettings, TrainingReport, TTransformer> _makeTransformer;
    private readonly string _labelColumnName;
    private readonly TextPooling? _pooling;
    private readonly int _maxLength;

    /// <summary>Checks the options.</summary>
    /// <param name="setup">The estimator's, with <see cref="BertSequenceOptions"/>.</param>
    /// <param name="outputColumnName">The column for the predicted label; null for a trainer that predicts none.</param>
    /// <param name="labels">The kind of label.</param>
    /// <param name="makeTransformer">Creates the transformer, which releases the model when it is disposed.</param>
    public SequenceRecipe(
        TrainerSetup setup, string? outputColumnName, SequenceLabels labels,
        Func<IHost, SharedModel<TaskModel>.Hold, Tokenizer, SequenceSettings, TrainingReport, TTransformer> makeTransformer)
    {
        var options = (BertSequenceOptions)setup.Options;
        ColumnNames.Check(setup.Host, options.LabelColumnName, nameof(options.LabelColumnName), "the column with the labels");
        (_setup, _labels, _makeTransformer) = (setup, labels, makeTransformer);
        (_labelColumnName, _pooling) = (options.LabelColumnName, options.Pooling);
        _columns = new SequenceColumns(options.Sentence1ColumnName, options.Sentence2ColumnName, options.ScoreColumnName, outputColumnName);
        _columns.Check(setup.Host);
        _maxLength = NewTexts(options.MaxLength).MaxLength;
        _columns.CheckPairs(setup.Model);
    }

    public IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema) =>
        [_labels.Find(_setup.Host, schema, _labelColumnName).Column, .. _columns.FindInputs(_setup.Host, schema)];

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = _labels.Check(_setup.Host, inputSchema, _labelColumnName);
        _columns.CheckInputs(_setup.Host, inputSchema);
        return inputSchema.With(_labels.OutputShapes(_columns, label));
    }

    public TrainingJob<TTransformer, TaskModel> NewJob(IDataView input)
    {
        LabelColumn label = _labels.Find(_setup.Host, input.Schema, _labelColumnName);
        if (_labels.ReasonNotToLearn(label) is string reason) // keys that were made from no rows have a value too
            throw FineTuning.HasRows(input) ? _setup.Host.ExceptParam(nameof(input), reason) : NothingToLearn(rows: 0, reason);
        if (_setup.Options.ValidationSet is IDataView validation)
            label.CheckSame(_setup.Host, _labels.Find(_setup.Host, validation.Schema, _labelColumnName));
        return new Job(this, label);
    }

    private TextSequences NewTexts(int maxLength) =>
        new(_setup.Model.Tokenizer, _setup.Model.Family, _setup.Model.Configuration, maxLength);

    private Exception NothingToLearn(long rows, string found) =>
        FineTuning.NothingToLearn(_setup.Host, "input", rows, $"texts and a label in the column '{_labelColumnName}'", found);

    private sealed class Job(SequenceRecipe<TTransformer> recipe, LabelColumn label) : TrainingJob<TTransformer, TaskModel>
    {
        private readonly SequenceExamples _learned = new(recipe.NewTexts(recipe._maxLength), label.TargetSize);
        private readonly SequenceExamples _heldOut = new(recipe.NewTexts(recipe._maxLength), label.TargetSize);
        private long _withoutLabel;
        private SequenceProblem? _problem;

        public override string Summary =>
            $"{_learned.Count} examples of {_learned.Texts.Sequences.TokenCount} tokens for training, {_heldOut.Count} held out";

        public override Action<bool> MakeReader(DataViewRow row, bool isValidation)
        {
            _withoutLabel = 0;
            TargetGetter getTarget = recipe._labels.Find(recipe._setup.Host, row.Schema, recipe._labelColumnName).MakeGetter(row);
            ValueGetter<ReadOnlyMemory<char>>[] getTexts =
                [.. recipe._columns.FindInputs(recipe._setup.Host, row.Schema)
                    .Select(column => row.GetGetter<ReadOnlyMemory<char>>(column))];
            var target = new float[label.TargetSize];
            ReadOnlyMemory<char> first = default, second = default;
            return isHeldOut =>
            {
                if (!getTarget(target))
                {
                    _withoutLabel++;
                    return;
                }
                getTexts[0](ref first);
                if (getTexts.Length > 1)
                    getTexts[1](ref second);
                (isHeldOut ? _heldOut : _learned).Add(first.Span, getTexts.Length > 1 ? second.ToString() : null, target);
            };
        }

        public override void EndRead(long rows, bool isValidation, IChannel channel)
        {
            TextSequences[] read = isValidation ? [_heldOut.Texts] : [_learned.Texts, _heldOut.Texts];
            FineTuning.Warn(channel, _withoutLabel, "rows have no label, or one that is not a number, and were left out");
            FineTuning.Warn(channel, read.Sum(texts => texts.Truncated),
                FormattableString.Invariant($"texts are longer than {recipe._maxLength} tokens; the end of each was cut"));
            FineTuning.Warn(channel, read.Sum(texts => texts.Empty), "texts are empty; they are trained on like the others");
            FineTuning.Warn(channel, read.Sum(texts => texts.LoneSurrogates), "lone surrogates were read as U+FFFD");
            if (_learned.Count == 0)
            {
                throw recipe.NothingToLearn(rows, _heldOut.Count > 0
                    ? $"all rows that have a value in the column '{recipe._labelColumnName}' are held out, {_heldOut.Count} of them. " +
                        "Lower ValidationFraction."
                    : $"of {rows} rows, none has a value in the column '{recipe._labelColumnName}'; expected a label."
                        + " Check that the column is filled, and that its values are among the keys.");
            }
            if (!isValidation)
                recipe._labels.Warn(_learned, channel);
        }

        public override TaskModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken)
        {
            _problem = recipe._labels.MakeProblem(_learned, label);
            var shape = new TaskConfiguration(TaskKind.SequenceClassification,
                LabelNames.ForConfiguration(label.Names, label.Outputs), _problem.Name);
            return recipe._setup.Model.Source.LoadForTask(shape, engine, recipe._setup.Training.Seed, recipe._pooling,
                recipe._setup.Options.DropoutRate, cancellationToken);
        }

        public override TrainingTask MakeTask(TaskModel model)
        {
            _problem!.BeforeTraining(model);
            return new SequenceClassificationTask(model, _problem, _learned, _heldOut);
        }

        public override void AfterTraining(TaskModel model) => _problem!.AfterTraining(model);

        public override TTransformer MakeTransformer(TaskModel model, TrainingReport report, IChannel channel,
            CancellationToken cancellationToken) =>
            recipe._makeTransformer(
                recipe._setup.Host.Register(typeof(TTransformer).Name), SharedModel<TaskModel>.Share(model), recipe._setup.Model.Tokenizer,
                new SequenceSettings(recipe._columns, recipe._maxLength, label.Names, recipe._labels.HasKeys(label),
                    recipe._labels.Threshold), report);
    }
}
