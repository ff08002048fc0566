namespace Microsoft.ML.Diffusion;

/// <summary>
/// See <see cref="Sampler.Ancestral"/>. Whether a position is written does not depend on the prediction, so it is decided first, and
/// only rows and positions that will be written are run: all that a cache of predictions would save, and the memory for it.
/// </summary>
internal sealed class AncestralSampler : Sampler
{
    public override string ToString() => "Ancestral";

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
        {
            if (IsWritten(row, position))
                row.Ask(position);
        }
    }

    internal override void Decide(DenoisingRow row)
    {
        for (int i = 0; i < row.Asked.Length; i++)
        {
            if (IsWritten(row, row.Asked[i].Position))
                row.Accept(i);
        }
    }

    private static bool IsWritten(DenoisingRow row, int position) =>
        row.Happens(position, (row.MaskRate - row.NextMaskRate) / row.MaskRate);
}
