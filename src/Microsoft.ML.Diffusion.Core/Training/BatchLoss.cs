using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The loss of a batch: Σ weight·loss over what it learns from, and Σ weight. Sums, so that several batches may make one step: their
/// gradients add up, and one division makes the mean over all.
/// </summary>
/// <param name="Sum">Σ weight·loss, in nats for a log-likelihood; but for what is <see cref="OnDevice"/>.</param>
/// <param name="Weight">Σ weight; 0 where there was nothing to learn from, and then nothing was computed.</param>
internal readonly record struct BatchLoss(double Sum, double Weight)
{
    /// <summary>The part of the loss that is still on the device, to be added to the sum when it is read; null for nothing.</summary>
    public Loss? OnDevice { get; init; }

    /// <summary>The loss with what is on the device in its sum; waits for the device.</summary>
    /// <param name="pass">Where it was computed, in the same run.</param>
    public BatchLoss Read(Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return OnDevice is Loss loss ? new BatchLoss(Sum + pass.Read(loss), Weight) : this;
    }

    /// <summary>The mean; NaN while a part is on the device.</summary>
    public double Mean => OnDevice is null ? Sum / Weight : double.NaN;
}
