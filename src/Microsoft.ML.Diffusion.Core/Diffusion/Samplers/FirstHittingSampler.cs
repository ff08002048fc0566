namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.FirstHitting"/>.</summary>
internal sealed class FirstHittingSampler : Sampler
{
    public override string ToString() => "FirstHitting";

    internal override int StepsFor(int masks, int steps) => masks;

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
            row.Ranking.Add(0, position, 0);
        row.Ask(row.Ranking.Draw(row.Draws, row.Step, 1)[0].Position);
    }

    internal override void Decide(DenoisingRow row) => row.Accept(0);
}
