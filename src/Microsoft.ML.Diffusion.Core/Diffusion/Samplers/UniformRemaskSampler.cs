namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// See <see cref="Sampler.UniformRemask"/>. Which positions are masked again does not depend on the prediction, so that is decided first,
/// and masks that would be masked again are not requested.
/// </summary>
internal sealed class UniformRemaskSampler : Sampler
{
    public override string ToString() => "UniformRemask";

    internal override void Check(MaskSchedule schedule)
    {
        base.Check(schedule);
        CheckEqualRates(schedule);
    }

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
        {
            if (!IsRemasked(row, position))
                row.Ask(position);
        }
    }

    internal override void Decide(DenoisingRow row)
    {
        foreach (int position in row.Part)
        {
            if (IsRemasked(row, position))
                row.Remask(position);
        }
        for (int i = 0; i < row.Asked.Length; i++)
        {
            if (!IsRemasked(row, row.Asked[i].Position))
                row.Accept(i);
        }
    }

    internal override bool IsFinished(DenoisingRow row) => row.PartStep == row.PartSteps;

    internal override bool IsSettled(DenoisingRow row) => IsFinished(row);

    private static bool IsRemasked(DenoisingRow row, int position) => row.Happens(position, row.NextMaskRate);
}
