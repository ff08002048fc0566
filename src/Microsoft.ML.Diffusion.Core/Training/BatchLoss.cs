using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The loss of a batch: Σ weight·loss over its examples, and Σ weight. These are sums, so that several batches may make one step: their
/// gradients add up, and one division gives the mean over all.
/// </summary>
/// <param name="Sum">Σ weight·loss, in nats for a log-likelihood, without the part that is <see cref="OnDevice"/>.</param>
/// <param name="Weight">Σ weight; 0 if there was nothing to learn from, and then nothing was computed.</param>
internal readonly record struct BatchLoss(double Sum, double Weight)
{
    /// <summary>The part of the loss that is still on the device, added to the sum when it is read; null for none.</summary>
    public Loss? OnDevice { get; init; }

    /// <summary>The loss with the device's part in its sum; waits for the device.</summary>
    /// <param name="pass">The pass that computed it, in the same run.</param>
    public BatchLoss Read(Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return OnDevice is Loss loss ? new BatchLoss(Sum + pass.Read(loss), Weight) : this;
    }

    /// <summary>The mean; NaN while a part is on the device.</summary>
    public double Mean => OnDevice is null ? Sum / Weight : double.NaN;
}
