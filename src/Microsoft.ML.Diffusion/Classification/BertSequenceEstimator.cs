using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The base of estimators that fine-tune an encoder to say what texts, or pairs of texts, are: it reads the rows, trains, and shares
/// the model with the transformer.
/// </summary>
/// <typeparam name="TTransformer">What Fit returns.</typeparam>
public abstract class BertSequenceEstimator<TTransformer> : IEstimator<TTransformer> where TTransformer : BertSequenceTransformer
{
    private readonly string _labelColumnName;
    private readonly EncoderModel _model;
    private readonly EncoderFamily _family;
    private readonly EncoderConfiguration _configuration;
    private readonly TextPooling? _pooling;
    private readonly double? _dropout;
    private readonly int _threads;
    private readonly int _maxLength;
    private readonly TrainingOptions _training;
    private readonly double _usualRate;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly FineTuningOptions _given; // the caller's own object, whose token is read when Fit is called
    private readonly IDataView? _validationSet;
    private readonly double _validationFraction;
    private readonly int _seed;

    private protected BertSequenceEstimator(IHostEnvironment env, string labelColumnName, SequenceColumns columns, BertSequenceOptions options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(labelColumnName, nameof(labelColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        columns.Check(env);
        MLNetVersion.Check(env);
        Host = env.Register(GetType().Name);
        EngineChoice.Check(Host, options.Threads);
        (_labelColumnName, Columns, _model, _pooling, _dropout, _threads) = (labelColumnName, columns, options.Model, options.Pooling, options.DropoutRate, options.Threads);
        _seed = FineTuning.SeedOf(Host, options.Seed, options.CheckpointDirectory);
        _training = options.ToTrainingOptions(Host, _seed);
        _progress = options.Progress;
        _given = options;
        (_validationSet, _validationFraction) = (options.ValidationSet, options.ValidationFraction);
        _family = EncoderFamily.Of(_model.Files.OpenConfiguration());
        _configuration = EncoderCheckpoint.ReadConfiguration(_model.Files);
        _usualRate = options.UsualRate(_configuration.HiddenSize);
        _maxLength = new TextSequences(_model.Tokenizer, _family, _configuration, options.MaxLength).MaxLength;
    }

    private protected IHost Host { get; }

    private protected SequenceColumns Columns { get; }

    /// <summary>Learns from the columns of texts and labels.</summary>
    /// <param name="input">The data; read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type, or there is nothing to learn from.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="OperationCanceledException">
    /// The options' token, or the context, was cancelled; nothing is left of the training but its snapshots.
    /// </exception>
    public TTransformer Fit(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        LabelColumn label = FindLabel(input.Schema, _labelColumnName);
        Columns.FindInputs(Host, input.Schema);
        CheckClasses(label, input);
        return FineTuning.Fit<TTransformer, TaskModel>(
            Host, GetType().Name, _training, (channel, stop) => Fit(input, label, channel, stop), _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        SchemaShape.Column label = CheckLabel(inputSchema, _labelColumnName);
        Columns.CheckInputs(Host, inputSchema);
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column output in OutputShapes(label))
            columns[output.Name] = output;
        return new SchemaShape(columns.Values);
    }

    /// <summary>The label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    private protected abstract LabelColumn FindLabel(DataViewSchema schema, string name);

    /// <summary>Fails where the label column has too few values to learn from.</summary>
    private protected virtual void CheckClasses(LabelColumn label, IDataView input)
    {
    }

    /// <summary>Warns of labels that are learned from and are hard to learn.</summary>
    private protected virtual void WarnOfLabels(SequenceExamples learned, IChannel channel)
    {
    }

    /// <summary>The exception of data without a row to learn from.</summary>
    private protected Exception NothingToLearn(long rows, string found) =>
        FineTuning.NothingToLearn(Host, "input", rows, $"texts and a label in the column '{_labelColumnName}'", found);

    /// <summary>Fails unless the shape has a label column.</summary>
    private protected abstract SchemaShape.Column CheckLabel(SchemaShape inputSchema, string name);

    /// <summary>The shapes of the columns that are written.</summary>
    private protected abstract IEnumerable<SchemaShape.Column> OutputShapes(SchemaShape.Column label);

    /// <summary>What the head's outputs are about.</summary>
    private protected abstract SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label);

    /// <summary>What the transformer knows besides the model.</summary>
    private protected virtual SequenceSettings MakeSettings(LabelColumn label) => new(Columns, _maxLength, label.Names, HasKeys: true, Threshold: 0.5);

    /// <summary>The transformer, which lets go of the model when it is disposed.</summary>
    private protected abstract TTransformer MakeTransformer(SharedModel<TaskModel>.Hold hold, Tokenizer tokenizer, SequenceSettings settings, TrainingReport report);

    private TTransformer Fit(IDataView input, LabelColumn label, IChannel channel, CancellationToken cancellationToken)
    {
        SequenceExamples learned = NewExamples(label), heldOut = NewExamples(label);
        long rows = Read(input, label, learned, heldOut, channel, cancellationToken);
        if (learned.Count == 0)
        {
            throw NothingToLearn(rows, heldOut.Count > 0
                ? $"all rows that have a value in the column '{_labelColumnName}' are held out, {heldOut.Count} of them. Lower ValidationFraction."
                : $"of {rows} rows, none has a value in the column '{_labelColumnName}'; expected a label."
                    + " Check that the column is filled, and that its values are among the keys.");
        }
        WarnOfLabels(learned, channel);
        if (_validationSet is not null)
        {
            LabelColumn validationLabel = FindLabel(_validationSet.Schema, _labelColumnName);
            label.CheckSame(Host, validationLabel);
            Read(_validationSet, validationLabel, heldOut, heldOut, channel, cancellationToken);
        }
        SequenceProblem problem = MakeProblem(learned, label);
        var head = new TaskConfiguration(TaskKind.SequenceClassification, LabelNames.ForConfiguration(label.Names, label.Outputs), problem.Name);
        TaskModel model = _model.LoadForTask(head, EngineChoice.Of(Host, _threads), _training.Seed, _pooling, _dropout, cancellationToken);
        try
        {
            model.PrepareForTraining(cancellationToken);
            if (problem is RegressionProblem number && !model.HasFreshOutput)
                number.UnfoldFrom(model);
            channel.Info(
                "{0} examples of {1} tokens to learn from, {2} held out; {3} parameters; {4}.",
                learned.Count, learned.Texts.Sequences.TokenCount, heldOut.Count, model.Parameters.Length, model.Engine.Name);
            var task = new SequenceClassificationTask(model, problem, learned, heldOut);
            TrainingReport report = FineTuning.Run(Host, GetType().Name, channel, model, task, _training, _usualRate, _progress, cancellationToken);
            (problem as RegressionProblem)?.FoldInto(model);
            model.PrepareForInference();
            return MakeTransformer(SharedModel<TaskModel>.Share(model), _model.Tokenizer, MakeSettings(label), report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private SequenceExamples NewExamples(LabelColumn label) => new(new TextSequences(_model.Tokenizer, _family, _configuration, _maxLength), label.TargetSize);

    /// <summary>Reads rows; those that the seed draws go to <paramref name="heldOut"/>.</summary>
    /// <returns>How many there are.</returns>
    private long Read(
        IDataView input, LabelColumn label, SequenceExamples learned, SequenceExamples heldOut, IChannel channel, CancellationToken cancellationToken)
    {
        IReadOnlyList<DataViewSchema.Column> inputs = Columns.FindInputs(Host, input.Schema);
        var target = new float[label.TargetSize];
        long row = 0, withoutLabel = 0;
        using (DataViewRowCursor cursor = input.GetRowCursor([.. inputs, label.Column]))
        {
            ValueGetter<ReadOnlyMemory<char>>[] getTexts = [.. inputs.Select(column => cursor.GetGetter<ReadOnlyMemory<char>>(column))];
            TargetGetter getTarget = label.MakeGetter(cursor);
            ReadOnlyMemory<char> first = default, second = default;
            ulong key = FineTuning.HoldOutKey(_seed);
            for (; cursor.MoveNext(); row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!getTarget(target))
                {
                    withoutLabel++;
                    continue;
                }
                getTexts[0](ref first);
                if (getTexts.Length > 1)
                    getTexts[1](ref second);
                SequenceExamples examples = FineTuning.HoldsOut(key, row, _validationFraction) ? heldOut : learned;
                examples.Add(first.Span, getTexts.Length > 1 ? second.ToString() : null, target);
            }
        }
        FineTuning.Warn(channel, withoutLabel, "rows have no label, or one that is not a number, and were left out");
        IEnumerable<TextSequences> all = new[] { learned.Texts, heldOut.Texts }.Distinct();
        FineTuning.Warn(channel, all.Sum(texts => texts.Truncated), FormattableString.Invariant($"texts are longer than {_maxLength} tokens; the end of each was cut"));
        FineTuning.Warn(channel, all.Sum(texts => texts.Empty), "texts are empty; they are learned from as the others are");
        FineTuning.Warn(channel, all.Sum(texts => texts.LoneSurrogates), "lone surrogates were read as U+FFFD");
        return row;
    }
}
