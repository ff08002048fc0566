using System.Globalization;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.Metrics;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Each text has any number of the labels: a logistic function and binary cross-entropy for each, averaged over the labels. The target has
/// a 1 for each label of the text and 0 for the others.
/// </summary>
public sealed class MultiLabelProblem : SequenceProblem
{
    /// <summary>The name of the problem in <c>config.json</c>.</summary>
    public const string ProblemName = "multi_label_classification";

    private readonly int _labels;
    private readonly double _threshold;

    /// <summary>Makes a problem.</summary>
    /// <param name="labels">The number of labels.</param>
    /// <param name="threshold">A label is predicted if its probability is at least this, for <see cref="Measure"/>.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public MultiLabelProblem(int labels, double threshold = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        if (threshold is not (> 0 and < 1))
            throw new ArgumentException($"Threshold is {threshold}; expected a probability above 0 and below 1.", nameof(threshold));
        (_labels, _threshold) = (labels, threshold);
    }

    /// <inheritdoc/>
    public override string Name => ProblemName;

    /// <summary>One for each label.</summary>
    internal override int TargetSize(int outputs) => outputs;

    /// <inheritdoc/>
    public override void Score(ReadOnlySpan<float> logits, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = (float)Softmax.Sigmoid(logits[i]);
    }

    /// <summary>Micro F1 (the deciding metric), macro F1, and the fraction of texts whose labels are all right.</summary>
    internal override Evaluation Measure(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int outputs)
    {
        var evaluator = new MultiLabelEvaluator(outputs);
        bool[] actual = new bool[outputs], predicted = new bool[outputs];
        for (int start = 0; start < scores.Length; start += outputs)
        {
            for (int i = 0; i < outputs; i++)
            {
                actual[i] = targets[start + i] != 0;
                predicted[i] = scores[start + i] >= _threshold;
            }
            evaluator.Add(actual, predicted);
        }
        return new Evaluation(
            new Metric("micro F1", evaluator.MicroF1), new Metric("macro F1", evaluator.MacroF1),
            new Metric("subset accuracy", evaluator.SubsetAccuracy));
    }

    /// <summary>Its name and settings.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}, threshold {_threshold:R}");

    internal override double ChanceLoss(ReadOnlySpan<float> targets)
    {
        var counts = new double[_labels];
        for (int i = 0; i < targets.Length; i++)
            counts[i % _labels] += targets[i];
        double texts = (double)targets.Length / _labels;
        return counts.Average(count => ChanceLosses.Entropy(count, texts - count));
    }

    internal override BatchLoss Loss(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> gradient) =>
        new(BinaryCrossEntropy.Compute(logits, targets, _labels, [], [], gradient), logits.Length / _labels);
}
