using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion.Compute;
using Parameter = Microsoft.ML.SearchSpace.Parameter;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Proposes the space's defaults first, so that a sweep shows what it gained, and then random points, each a function of the seed and the
/// trial's number alone. Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization" (2012).
/// </summary>
public sealed class SweepTuner : ITuner
{
    private readonly SearchSpace.SearchSpace _space;
    private readonly int _seed;

    /// <summary>Creates a tuner.</summary>
    /// <param name="space">The search space.</param>
    /// <param name="seed">The seed: the same seed proposes the same points.</param>
    public SweepTuner(SearchSpace.SearchSpace space, int seed)
    {
        ArgumentNullException.ThrowIfNull(space);
        (_space, _seed) = (space, seed);
    }

    /// <inheritdoc/>
    public Parameter Propose(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.TrialId == 0)
            return _space.SampleFromFeatureSpace(_space.Default);
        ulong key = Philox.Mix((ulong)(uint)_seed, 0x7377656570);
        return _space.SampleFromFeatureSpace(
            [.. Enumerable.Range(0, _space.FeatureSpaceDim).Select(i => Philox.Uniform(key, (ulong)settings.TrialId, (ulong)i))]);
    }

    /// <summary>Does nothing: the points do not depend on results.</summary>
    public void Update(TrialResult result)
    {
    }
}
