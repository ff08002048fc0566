namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>The squared error of a model that predicts one number: the loss of a row is (x − y)².</summary>
internal static class MeanSquaredError
{
    /// <summary>The loss of some rows and its gradient. With each weight 1 / rows it is the mean.</summary>
    /// <param name="outputs">The predicted numbers, [rows].</param>
    /// <param name="targets">The targets, [rows].</param>
    /// <param name="weights">The weight of each row, [rows]; empty for 1.</param>
    /// <param name="gradient">Receives the derivative of the result with respect to each output, [rows].</param>
    /// <returns>Σ weight · loss.</returns>
    /// <exception cref="ArgumentException">The lengths do not match, or a target is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">An output is NaN or infinite.</exception>
    public static double Compute(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights,
        Span<float> gradient)
    {
        LossArguments.CheckLengths(outputs.Length, gradient.Length, targets.Length, 1, weights.Length);
        double total = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            FiniteLogit.Check(outputs[i], i);
            if (!float.IsFinite(targets[i]))
                throw new ArgumentException($"Target {i} is {targets[i]}; expected a finite number. Correct it or omit the row.",
                    nameof(targets));
            double weight = weights.IsEmpty ? 1 : weights[i], error = (double)outputs[i] - targets[i];
            total += weight * error * error;
            gradient[i] = (float)(2 * weight * error);
        }
        return total;
    }
}
