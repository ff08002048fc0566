namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.ReMdmRescale"/>.</summary>
internal sealed class ReMdmRescaleSampler(double eta) : ReMdmSampler
{
    private readonly double _eta = CheckEta(eta);

    public override string ToString() => SamplerText.Write("ReMdmRescale", _eta);

    private protected override double SigmaOfMasks(DenoisingRow row) => _eta * MostSigma(row);
}
