namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>
/// The cross-entropy of labels that do not exclude one another. With positive weights c, the loss of a row of logits x and targets y is the
/// mean over the labels of c_k · y_k · log(1 + exp(−x_k)) + (1 − y_k) · log(1 + exp(x_k)).
/// </summary>
internal static class BinaryCrossEntropy
{
    /// <summary>The loss of some rows and its gradient.</summary>
    /// <param name="logits">The logits, [rows, labels].</param>
    /// <param name="targets">Whether a row has a label: 1 or 0, or a probability between them, [rows, labels].</param>
    /// <param name="labels">The number of labels.</param>
    /// <param name="weights">The weight of each row, [rows]; empty for 1.</param>
    /// <param name="positiveWeights">The weight of each label in rows that have it, [labels]; empty for 1.</param>
    /// <param name="gradient">Receives the derivative of the result with respect to each logit, [rows, labels].</param>
    /// <returns>Σ weight · loss.</returns>
    /// <exception cref="ArgumentException">The lengths do not match, or a target is not in [0, 1].</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public static double Compute(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, int labels, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> positiveWeights,
        Span<float> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        int rows = targets.Length / labels;
        if (targets.Length != rows * labels)
            throw new ArgumentException(
                $"There are {targets.Length} targets for rows of {labels} labels; expected a multiple of {labels}. Give a target for " +
                "every label of every row.", nameof(targets));
        LossArguments.CheckLengths(logits.Length, gradient.Length, rows, labels, weights.Length);
        LossArguments.CheckClassWeights(positiveWeights.Length, labels);
        double total = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            FiniteLogit.Check(logits[i], i);
            if (!(targets[i] >= 0 && targets[i] <= 1))
                throw new ArgumentException($"Target {i} is {targets[i]}; expected 0, 1 or a probability between them. Correct it.",
                    nameof(targets));
            double weight = (weights.IsEmpty ? 1 : weights[i / labels]) / (double)labels;
            double positive = (positiveWeights.IsEmpty ? 1 : positiveWeights[i % labels]) * (double)targets[i],
                negative = 1 - (double)targets[i];
            total += weight * (positive * SoftPlus(-(double)logits[i]) + negative * SoftPlus(logits[i]));
            double probability = Softmax.Sigmoid(logits[i]), rest = Softmax.Sigmoid(-logits[i]);
            gradient[i] = (float)(weight * (negative * probability - positive * rest));
        }
        return total;
    }

    /// <summary>log(1 + exp(x)) without overflow.</summary>
    private static double SoftPlus(double x) => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x)));
}
