namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>
/// The cross-entropy of classes that exclude one another. With class weights c and label smoothing ε, the loss of a row with target y is (1
/// − ε) · c_y · (−log p_y) + ε / classes · Σ_k c_k · (−log p_k), as in PyTorch.
/// </summary>
internal static class SoftmaxCrossEntropy
{
    /// <summary>The loss of some rows and its gradient.</summary>
    /// <param name="logits">The logits, [rows, classes].</param>
    /// <param name="targets">The target class of each row, [rows].</param>
    /// <param name="weights">The weight of each row, [rows]; empty for 1.</param>
    /// <param name="classWeights">The weight of each class, [classes]; empty for 1.</param>
    /// <param name="labelSmoothing">ε, from 0 to 1.</param>
    /// <param name="gradient">Receives the derivative of the result with respect to each logit, [rows, classes].</param>
    /// <returns>Σ weight · loss.</returns>
    /// <exception cref="ArgumentException">The lengths do not match, or ε or a target is out of range.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public static double Compute(
        ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, ReadOnlySpan<float> classWeights,
        double labelSmoothing,
        Span<float> gradient)
    {
        if (targets.IsEmpty)
        {
            LossArguments.CheckLengths(logits.Length, gradient.Length, 0, 0, weights.Length);
            return 0;
        }
        int classes = logits.Length / targets.Length;
        LossArguments.CheckLengths(logits.Length, gradient.Length, targets.Length, classes, weights.Length);
        LossArguments.CheckClassWeights(classWeights.Length, classes);
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing,
                "Give a share from 0 to 1; 0 is no label smoothing.");
        foreach (int target in targets)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(targets));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, classes, nameof(targets));
        }
        double total = 0;
        var logProbabilities = new double[classes];
        var targetShares = new double[classes];
        for (int row = 0; row < targets.Length; row++)
        {
            Softmax.LogProbabilities(logits.Slice(row * classes, classes), logProbabilities);
            double weight = weights.IsEmpty ? 1 : weights[row], shares = 0;
            for (int k = 0; k < classes; k++)
            {
                double classWeight = classWeights.IsEmpty ? 1 : classWeights[k];
                targetShares[k] = classWeight * (labelSmoothing / classes + (k == targets[row] ? 1 - labelSmoothing : 0));
                shares += targetShares[k];
            }
            for (int k = 0; k < classes; k++)
            {
                total -= weight * targetShares[k] * logProbabilities[k];
                gradient[row * classes + k] = (float)(weight * (shares * Math.Exp(logProbabilities[k]) - targetShares[k]));
            }
        }
        return total;
    }
}
