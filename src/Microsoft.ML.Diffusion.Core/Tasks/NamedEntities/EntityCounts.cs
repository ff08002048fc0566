namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The numbers of actual entities, of predicted ones, and of those predicted with the right type and bounds.</summary>
/// <param name="Actual">The number of actual entities.</param>
/// <param name="Predicted">The number of predicted entities.</param>
/// <param name="Correct">The number of entities predicted right.</param>
public readonly record struct EntityCounts(long Actual, long Predicted, long Correct)
{
    /// <summary>Correct / predicted; 0 if nothing was predicted.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)Correct / Predicted;

    /// <summary>Correct / actual; 0 if there are no entities.</summary>
    public double Recall => Actual == 0 ? 0 : (double)Correct / Actual;

    /// <summary>The harmonic mean of precision and recall; 0 if nothing is correct.</summary>
    public double F1 => Correct == 0 ? 0 : 2.0 * Correct / (Actual + Predicted);
}
