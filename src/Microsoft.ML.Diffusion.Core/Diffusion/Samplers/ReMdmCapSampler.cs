namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.ReMdmCap"/>.</summary>
internal sealed class ReMdmCapSampler(double eta) : ReMdmSampler
{
    private readonly double _eta = CheckEta(eta);

    public override string ToString() => SamplerText.Write("ReMdmCap", _eta);

    private protected override double SigmaOfMasks(DenoisingRow row) => Math.Min(_eta, MostSigma(row));
}
