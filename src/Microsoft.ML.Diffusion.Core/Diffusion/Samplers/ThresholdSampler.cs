namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.Threshold"/>.</summary>
internal sealed class ThresholdSampler : ConfidenceSampler
{
    private readonly double _threshold;

    public ThresholdSampler(double threshold)
    {
        if (!(threshold > 0 && threshold <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Give a probability above 0 and at most 1; 0.9 is usual.");
        _threshold = threshold;
    }

    public override string ToString() => SamplerText.Write("Threshold", _threshold);

    private protected override bool Passes(int rank, double confidence) => confidence >= _threshold;
}
