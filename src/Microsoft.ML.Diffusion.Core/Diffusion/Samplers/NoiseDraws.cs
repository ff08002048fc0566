using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// Random choices from float64 noise, keyed by the row and counted by step and position. In float32 the tail of Gumbel noise is cut off,
/// and over 1,024 steps too little is written.
/// </summary>
/// <param name="key">The row's key: seed, initial tokens, sample number.</param>
internal sealed class NoiseDraws(ulong key) : IDraws
{
    public bool Happens(int step, int position, double probability) => Uniforms(step, position).First < probability;

    /// <summary>
    /// Takes the greatest sums of score and Gumbel noise, which has the distribution of drawing without replacement: Kool et al. (2019).
    /// </summary>
    public void DrawFirst(int step, Span<RankedPosition> candidates, int count)
    {
        foreach (ref RankedPosition candidate in candidates)
            candidate.Score -= Math.Log(-Math.Log(Uniforms(step, candidate.Position).First));
        candidates.Sort(Ranking.GreatestFirst);
    }

    public double Token(int step, int position) => Uniforms(step, position).Second;

    private (double First, double Second) Uniforms(int step, int position) => Philox.Uniforms(key, (ulong)step, (ulong)position);
}
