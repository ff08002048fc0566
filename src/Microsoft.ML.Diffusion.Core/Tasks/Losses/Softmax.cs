namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>Logits to probabilities, in double precision.</summary>
internal static class Softmax
{
    /// <summary>The logarithms of the softmax of a row: x − log Σ exp x.</summary>
    /// <param name="logits">The row, [classes].</param>
    /// <param name="logProbabilities">Receives the logarithms, [classes].</param>
    /// <exception cref="ArgumentException">The lengths differ, or the row is empty.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public static void LogProbabilities(ReadOnlySpan<float> logits, Span<double> logProbabilities)
    {
        if (logits.IsEmpty || logits.Length != logProbabilities.Length)
            throw new ArgumentException(
                $"There are {logits.Length} logits and room for {logProbabilities.Length} results; expected equal lengths, 1 or more. " +
                "Give spans of the same length.");
        double max = double.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            FiniteLogit.Check(logits[i], i);
            max = Math.Max(max, logits[i]);
        }
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - max);
        double logSum = Math.Log(sum);
        for (int i = 0; i < logits.Length; i++)
            logProbabilities[i] = logits[i] - max - logSum;
    }

    /// <summary>The softmax of a row: exp x / Σ exp x.</summary>
    /// <param name="logits">The row, [classes].</param>
    /// <param name="probabilities">Receives the probabilities, [classes].</param>
    /// <inheritdoc cref="LogProbabilities" path="/exception"/>
    public static void Probabilities(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        LogProbabilities(logits, probabilities);
        foreach (ref double value in probabilities)
            value = Math.Exp(value);
    }

    /// <summary>
    /// The logistic function 1 / (1 + exp(−x)): the probability of one of several labels that do not exclude one another.
    /// </summary>
    /// <exception cref="ArithmeticException">The logit is NaN or infinite.</exception>
    public static double Sigmoid(float logit)
    {
        FiniteLogit.Check(logit, 0);
        return 1 / (1 + Math.Exp(-(double)logit));
    }
}
