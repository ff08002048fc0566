using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.Metrics;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Each text has one class: softmax and cross-entropy. The target is the class's number, from 0.</summary>
public sealed class SingleLabelProblem : SequenceProblem
{
    /// <summary>The name of the problem in <c>config.json</c>.</summary>
    public const string ProblemName = "single_label_classification";

    private readonly double _labelSmoothing;
    private readonly float[] _classWeights;

    /// <summary>Makes a problem.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labelSmoothing">
    /// The share of the target's probability that is spread evenly over all classes (Szegedy et al., "Rethinking the Inception
    /// Architecture", 2016).
    /// </param>
    /// <param name="classWeights">The weight of an example of each class relative to the others, [classes]; null for equal weights. See
    /// <see cref="ClassWeights.Normalize"/>.</param>
    /// <exception cref="ArgumentException">There are fewer than two classes, or a number is out of range.</exception>
    public SingleLabelProblem(int classes, double labelSmoothing = 0, IReadOnlyList<float>? classWeights = null)
    {
        if (classes < 2)
            throw new ArgumentException($"The number of classes is {classes}; expected two or more.", nameof(classes));
        if (labelSmoothing is not (>= 0 and < 1))
            throw new ArgumentException($"LabelSmoothing is {labelSmoothing}; expected 0 (none) to below 1; 0.1 is usual.",
                nameof(labelSmoothing));
        _labelSmoothing = labelSmoothing;
        if (classWeights is not null && classWeights.Count != classes)
            throw new ArgumentException($"There are {classWeights.Count} class weights for {classes} classes; expected one per class.",
                nameof(classWeights));
        _classWeights = classWeights is null ? [.. Enumerable.Repeat(1f, classes)]
            : ClassWeights.Normalize([.. classWeights.Select(weight => (double)weight)]);
    }

    /// <inheritdoc/>
    public override string Name => ProblemName;

    /// <summary>
    /// Weights under which all classes count alike, however often they occur: examples / (number of classes that occur · examples of the
    /// class); 1 for a class that does not occur.
    /// </summary>
    /// <param name="counts">How often each class occurs.</param>
    public static float[] BalancedWeights(IReadOnlyList<long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double all = counts.Sum(), present = counts.Count(count => count > 0);
        return [.. counts.Select(count => count > 0 ? (float)(all / (present * count)) : 1)];
    }

    /// <summary>The most probable class of a text; the first among equals.</summary>
    /// <param name="scores">The text's scores, or its logits, [classes].</param>
    public static int MostProbable(ReadOnlySpan<float> scores) => TensorPrimitives.IndexOfMax(scores);

    /// <summary>1: the class's number.</summary>
    internal override int TargetSize(int outputs) => 1;

    /// <inheritdoc/>
    public override void Score(ReadOnlySpan<float> logits, Span<float> scores)
    {
        Span<double> probabilities = logits.Length <= 64 ? stackalloc double[logits.Length] : new double[logits.Length];
        Softmax.Probabilities(logits, probabilities);
        for (int i = 0; i < scores.Length; i++)
            scores[i] = (float)probabilities[i];
    }

    /// <summary>Accuracy (the deciding metric), macro F1, Matthews correlation and the mean negative log-likelihood.</summary>
    internal override Evaluation Measure(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int outputs)
    {
        var counts = new ConfusionMatrix(outputs);
        double nats = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            ReadOnlySpan<float> row = scores.Slice(i * outputs, outputs);
            int target = (int)targets[i];
            counts.Add(target, MostProbable(row));
            nats -= Math.Log(Math.Max(row[target], 1e-30));
        }
        return new Evaluation(
            new Metric("accuracy", counts.Accuracy), new Metric("macro F1", counts.MacroF1),
            new Metric("Matthews", counts.MatthewsCorrelation),
            new Metric("log-loss", nats / targets.Length, HigherIsBetter: false));
    }

    /// <summary>Its name and settings.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Name}, label smoothing {_labelSmoothing:R}, class weights {string.Join(' ', _classWeights)}");

    internal override double ChanceLoss(ReadOnlySpan<float> targets)
    {
        var counts = new long[_classWeights.Length];
        foreach (float target in targets)
            counts[(int)target]++;
        return ChanceLosses.OfSoftmax(counts, _classWeights, _labelSmoothing);
    }

    internal override BatchLoss Loss(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> gradient)
    {
        var labels = new int[targets.Length];
        double weight = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (int)targets[i];
            weight += _classWeights[labels[i]];
        }
        return new BatchLoss(SoftmaxCrossEntropy.Compute(logits, labels, [], _classWeights, _labelSmoothing, gradient), weight);
    }
}
