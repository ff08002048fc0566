namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.Factor"/>.</summary>
internal sealed class FactorSampler : ConfidenceSampler
{
    private readonly double _factor;

    public FactorSampler(double factor)
    {
        if (!(factor > 0 && double.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(nameof(factor), factor,
                "Give a finite factor above 0; 1 is usual, and the greatest with a guarantee.");
        _factor = factor;
    }

    public override string ToString() => SamplerText.Write("Factor", _factor);

    private protected override bool Passes(int rank, double confidence) => (rank + 1) * (1 - confidence) <= _factor;
}
