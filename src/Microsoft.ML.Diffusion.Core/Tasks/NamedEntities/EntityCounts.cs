namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How many entities there are, were predicted, and were predicted with the right type and bounds.</summary>
/// <param name="Actual">The entities there are.</param>
/// <param name="Predicted">The entities predicted.</param>
/// <param name="Correct">The entities predicted right.</param>
public readonly record struct EntityCounts(long Actual, long Predicted, long Correct)
{
    /// <summary>Correct / predicted; 0 where nothing was predicted.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)Correct / Predicted;

    /// <summary>Correct / actual; 0 where there is nothing.</summary>
    public double Recall => Actual == 0 ? 0 : (double)Correct / Actual;

    /// <summary>The harmonic mean of precision and recall; 0 where nothing is correct.</summary>
    public double F1 => Correct == 0 ? 0 : 2.0 * Correct / (Actual + Predicted);
}
