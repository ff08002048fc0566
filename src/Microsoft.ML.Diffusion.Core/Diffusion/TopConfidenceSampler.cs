using System.Globalization;

namespace Microsoft.ML.Diffusion;

/// <summary>See <see cref="Sampler.TopConfidence"/>.</summary>
internal sealed class TopConfidenceSampler : Sampler
{
    private readonly double _temperature;

    public TopConfidenceSampler(double confidenceTemperature)
    {
        if (!(confidenceTemperature >= 0 && double.IsFinite(confidenceTemperature)))
            throw new ArgumentOutOfRangeException(nameof(confidenceTemperature), confidenceTemperature, "The confidence temperature is 0 (write the surest positions) or a finite number above it.");
        _temperature = confidenceTemperature;
    }

    public override string ToString() => _temperature == 0 ? "TopConfidence" : string.Create(CultureInfo.InvariantCulture, $"TopConfidence({_temperature})");

    internal override bool NeedsConfidence => true;

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
            row.Ask(position);
    }

    internal override void Decide(DenoisingRow row)
    {
        Span<Proposal> asked = row.Asked;
        int left = Math.Min((int)(row.InitialMasks * row.NextMaskRate + 1e-9), asked.Length - 1);
        int taken = asked.Length - left;
        if (left > 0)
        {
            foreach (ref Proposal proposal in asked)
            {
                proposal.Score = Math.Log(proposal.Confidence);
                if (_temperature > 0)
                    proposal.Score -= _temperature * Math.Log(-Math.Log(row.Noise(proposal.Position)));
            }
            asked.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Position.CompareTo(b.Position));
        }
        for (int i = 0; i < taken; i++)
            row.Accept(i);
    }
}
