using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Asks for every masked position at every step, as a sampler without a cache does, and decides as another sampler.</summary>
internal sealed class RunAlways(Sampler inner) : Sampler
{
    public override string ToString() => $"RunAlways({inner})";

    internal override bool NeedsLogProbabilities => inner.NeedsLogProbabilities;

    internal override double MaskRate(MaskSchedule schedule, double t) => inner.MaskRate(schedule, t);

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
            row.Ask(position);
    }

    internal override void Decide(DenoisingRow row) => inner.Decide(row);

    internal override bool IsFinished(DenoisingRow row) => inner.IsFinished(row);

    internal override bool IsSettled(DenoisingRow row) => inner.IsSettled(row);
}
