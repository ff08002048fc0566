namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The loss of a batch: Σ weight·loss over what it learns from, and Σ weight. Sums, so that several batches may make one step: their
/// gradients add up, and one division makes the mean over all.
/// </summary>
/// <param name="Sum">Σ weight·loss, in nats for a log-likelihood.</param>
/// <param name="Weight">Σ weight; 0 where there was nothing to learn from, and then nothing was computed.</param>
public readonly record struct BatchLoss(double Sum, double Weight)
{
    /// <summary>The mean.</summary>
    public double Mean => Sum / Weight;
}
