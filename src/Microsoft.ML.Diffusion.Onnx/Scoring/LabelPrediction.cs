using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The labels and scores of texts from a model's logits.</summary>
/// <param name="Logits">The column of logits, [outputs].</param>
/// <param name="Problem">The meaning of the logits, as in config.json.</param>
/// <param name="Count">The number of outputs.</param>
/// <param name="Score">The column for scores that is added.</param>
/// <param name="PredictedLabel">The column for the predicted label that is added; null for a number.</param>
/// <param name="Names">The names of the labels; null if they have none.</param>
/// <param name="HasKeys">Whether several labels are keys; otherwise flags.</param>
/// <param name="Threshold">One of several labels is predicted if its probability is at least this.</param>
internal sealed class LabelPrediction(
    string Logits, string Problem, int Count, string Score, string? PredictedLabel, LabelValues? Names, bool HasKeys, double Threshold)
    : RowRecipe
{
    public override RecipeKind Kind => RecipeKind.Labels;

    public override IReadOnlyList<InputColumn> Inputs { get; } = [new(Logits, "logits", InputKind.Numbers)];

    public override DataViewSchema.DetachedColumn[] Outputs => Problem switch
    {
        RegressionProblem.ProblemName => [new(Score, NumberDataViewType.Single)],
        MultiLabelProblem.ProblemName => SeveralLabels(),
        _ => OneLabel(),
    };

    /// <summary>The meaning of the logits; null if they are the number itself. Fails unless the settings agree.</summary>
    /// <exception cref="ArgumentException">The problem is unknown, or its number of outputs or threshold is out of range.</exception>
    public SequenceProblem? MakeProblem() => Problem switch
    {
        SingleLabelProblem.ProblemName => new SingleLabelProblem(Count),
        MultiLabelProblem.ProblemName => new MultiLabelProblem(Count, Threshold),
        RegressionProblem.ProblemName when Count == 1 => null,
        _ => throw new ArgumentException(
            $"The problem is '{Problem}'; expected '{SingleLabelProblem.ProblemName}', '{MultiLabelProblem.ProblemName}' or " +
            $"'{RegressionProblem.ProblemName}'. Correct problem_type in the model's config.json."),
    };

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(this, MakeProblem(), NumbersGetter.Of(input, columns[0]));

    public override void Save(ModelSaveContext ctx)
    {
        // string ids: Logits, Problem, Score; bool and string id: PredictedLabel; int: Count; bool: HasKeys; double: Threshold; the names
        ctx.SaveNonEmptyString(Logits);
        ctx.SaveNonEmptyString(Problem);
        ctx.SaveNonEmptyString(Score);
        ctx.Writer.Write(PredictedLabel is not null);
        if (PredictedLabel is not null)
            ctx.SaveNonEmptyString(PredictedLabel);
        ctx.Writer.Write(Count);
        ctx.Writer.Write(HasKeys);
        ctx.Writer.Write(Threshold);
        LabelValues.Save(Names, ctx);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static LabelPrediction Load(ModelLoadContext ctx)
    {
        string logits = ctx.LoadNonEmptyString(), problem = ctx.LoadNonEmptyString(), score = ctx.LoadNonEmptyString();
        string? label = ctx.Reader.ReadBoolean() ? ctx.LoadNonEmptyString() : null;
        int count = ctx.Reader.ReadInt32();
        bool hasKeys = ctx.Reader.ReadBoolean();
        double threshold = ctx.Reader.ReadDouble();
        LabelValues? names = LabelValues.Load(ctx);
        if (count < 1 || (names?.Texts.Count ?? count) != count || label is null != (problem == RegressionProblem.ProblemName))
            throw new InvalidDataException($"It has {names?.Texts.Count ?? 0} names for {count} outputs of {problem}.");
        var prediction = new LabelPrediction(logits, problem, count, score, label, names, hasKeys, threshold);
        _ = prediction.MakeProblem();
        return prediction;
    }

    private DataViewSchema.DetachedColumn[] OneLabel()
    {
        DataViewSchema.Annotations.Builder label = Annotations(AnnotationUtils.Const.ScoreValueKind.PredictedLabel),
            scores = Annotations(AnnotationUtils.Const.ScoreValueKind.Score);
        Names?.AddTo(label, AnnotationUtils.Kinds.KeyValues);
        Names?.AddTo(scores, AnnotationUtils.Kinds.TrainingLabelValues);
        Names?.AddSlotNamesTo(scores);
        return
        [
            new(PredictedLabel!, new KeyDataViewType(typeof(uint), Count), label.ToAnnotations()),
            new(Score, new VectorDataViewType(NumberDataViewType.Single, Count), scores.ToAnnotations()),
        ];
    }

    private DataViewSchema.DetachedColumn[] SeveralLabels()
    {
        DataViewSchema.Annotations.Builder labels = new(), scores = new();
        if (HasKeys)
            Names?.AddTo(labels, AnnotationUtils.Kinds.KeyValues);
        else
            Names?.AddSlotNamesTo(labels);
        Names?.AddSlotNamesTo(scores);
        DataViewType type = HasKeys ? new VectorDataViewType(new KeyDataViewType(typeof(uint), Count))
            : new VectorDataViewType(BooleanDataViewType.Instance, Count);
        return
        [
            new(PredictedLabel!, type, labels.ToAnnotations()),
            new(Score, new VectorDataViewType(NumberDataViewType.Single, Count), scores.ToAnnotations()),
        ];
    }

    private static DataViewSchema.Annotations.Builder Annotations(string valueKind)
    {
        const string SetKind = AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification;
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint value) => value = 1);
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = SetKind.AsMemory());
        annotations.Add(AnnotationUtils.Kinds.ScoreValueKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
        return annotations;
    }

    private int OutputCount => Count;

    private bool IsPredicted(float score) => score >= Threshold;

    private sealed class Computation(LabelPrediction parent, SequenceProblem? problem, Func<float[]> getLogits) : RowComputation
    {
        private readonly float[] _scores = new float[parent.OutputCount];

        public override void Compute()
        {
            float[] logits = getLogits();
            if (logits.Length != _scores.Length)
                throw new InvalidOperationException(
                    $"The column '{parent.Inputs[0].Name}' has {logits.Length} logits; expected {_scores.Length}, one per output of the"
                    + " model. Give the output of the model file that belongs to these labels.");
            if (problem is null)
                logits.CopyTo(_scores, 0);
            else
                problem.Score(logits, _scores);
        }

        public override Delegate MakeGetter(int column, Action current) => problem switch
        {
            null => (ValueGetter<float>)((ref float value) =>
            {
                current();
                value = _scores[0];
            }),
            _ when column == 1 => VectorGetter.Of(current, () => _scores, score => score),
            SingleLabelProblem => (ValueGetter<uint>)((ref uint value) =>
            {
                current();
                value = (uint)SingleLabelProblem.MostProbable(_scores) + 1;
            }),
            _ when parent.Outputs[0].Type.GetItemType() is KeyDataViewType => VectorGetter.Of<int, uint>(
                current, () => [.. Enumerable.Range(0, _scores.Length).Where(i => parent.IsPredicted(_scores[i]))], i => (uint)i + 1),
            _ => VectorGetter.Of(current, () => _scores, parent.IsPredicted),
        };
    }
}
