using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Each text has any number of the labels: a logistic function and binary cross-entropy for each, the mean over labels. The target has
/// a 1 for each label that the text has and 0 for the others.
/// </summary>
/// <param name="threshold">The probability from which on a label is predicted, for <see cref="Measure"/>.</param>
public sealed class MultiLabelProblem(double threshold = 0.5) : SequenceProblem
{
    internal const string ProblemName = "multi_label_classification";

    /// <inheritdoc/>
    public override string Name => ProblemName;

    /// <summary>One for each label.</summary>
    public override int TargetSize(int outputs) => outputs;

    /// <inheritdoc/>
    public override void Score(ReadOnlySpan<float> logits, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = (float)Softmax.Sigmoid(logits[i]);
    }

    /// <summary>Micro F1, which decides, macro F1, and the fraction of texts whose labels are all right.</summary>
    public override Evaluation Measure(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets, int outputs)
    {
        var evaluator = new MultiLabelEvaluator(outputs);
        bool[] actual = new bool[outputs], predicted = new bool[outputs];
        for (int start = 0; start < scores.Length; start += outputs)
        {
            for (int i = 0; i < outputs; i++)
            {
                actual[i] = targets[start + i] != 0;
                predicted[i] = scores[start + i] >= threshold;
            }
            evaluator.Add(actual, predicted);
        }
        return new Evaluation(
            new Metric("micro F1", evaluator.MicroF1), new Metric("macro F1", evaluator.MacroF1), new Metric("subset accuracy", evaluator.SubsetAccuracy));
    }

    internal override BatchLoss Loss(ReadOnlySpan<float> logits, ReadOnlySpan<float> target, Span<float> gradient)
    {
        double loss = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            FiniteLogit.Check(logits[i], i);
            double z = logits[i];
            // log(1 + exp z) − target · z, of which neither half overflows.
            loss += Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))) - target[i] * z;
            gradient[i] = (float)((Softmax.Sigmoid(logits[i]) - target[i]) / logits.Length);
        }
        return new BatchLoss(loss / logits.Length, 1);
    }
}
