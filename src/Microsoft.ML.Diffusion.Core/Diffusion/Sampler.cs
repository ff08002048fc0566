using System.Globalization;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Which masked positions are written at each step of denoising. Samplers are immutable settings; their text form
/// (<see cref="ToString"/>) is read back by <see cref="Parse"/>.
/// </summary>
public abstract class Sampler
{
    private protected Sampler() { }

    /// <summary>
    /// Each masked position is written with probability (α(s) − α(t)) / (1 − α(t)), independently of the others: the reverse
    /// process whose law the bound bounds, exact as the steps grow. A row is run only at steps that write in it, so more steps
    /// than tokens cost nothing. Sahoo et al. (MDLM, 2024).
    /// </summary>
    public static Sampler Ancestral() => new AncestralSampler();

    /// <summary>
    /// At each step the positions of which the denoiser is surest are written, as many as the schedule says: the fraction
    /// 1 − α(t) of the row's masks is left at time t, and at least one is written. How sure is the greatest probability of the
    /// position's distribution, not the probability of the token drawn, which would bend the law even of a perfect
    /// denoiser. Chang et al., "MaskGIT" (2022); Nie et al., "Large Language Diffusion Models" (LLaDA, 2025).
    /// </summary>
    /// <param name="confidenceTemperature">
    /// 0 takes the surest. Above 0 positions are drawn without replacement with odds confidence^(1/temperature), by
    /// log confidence + temperature · Gumbel noise.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is negative or not finite.</exception>
    public static Sampler TopConfidence(double confidenceTemperature = 0) => new TopConfidenceSampler(confidenceTemperature);

    /// <summary>The sampler that <see cref="ToString"/> wrote, such as <c>Ancestral</c> or <c>TopConfidence(0.5)</c>.</summary>
    /// <exception cref="ArgumentException">The text names no sampler, or its number is out of range.</exception>
    public static Sampler Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> name = text.AsSpan().Trim();
        double? argument = null;
        if (name.EndsWith(")") && name.IndexOf('(') is int open and > 0)
        {
            if (!double.TryParse(name[(open + 1)..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                throw Unknown();
            argument = number;
            name = name[..open];
        }
        if (name.Equals("Ancestral", StringComparison.OrdinalIgnoreCase) && argument is null)
            return Ancestral();
        if (name.Equals("TopConfidence", StringComparison.OrdinalIgnoreCase))
            return TopConfidence(argument ?? 0);
        throw Unknown();

        ArgumentException Unknown() => new($"There is no sampler '{text}'. Use Ancestral, TopConfidence or TopConfidence(0.5), the number being the confidence temperature.", nameof(text));
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public abstract override string ToString();

    /// <summary>Whether <see cref="Decide"/> reads confidences.</summary>
    internal virtual bool NeedsConfidence => false;

    /// <summary>Says, by <see cref="DenoisingRow.Ask"/>, at which masked positions this step needs a prediction; a row that asks nothing is not run.</summary>
    internal abstract void Plan(DenoisingRow row);

    /// <summary>Writes, by <see cref="DenoisingRow.Accept"/>, what it takes of the proposals at the asked positions.</summary>
    internal abstract void Decide(DenoisingRow row);
}
