using Microsoft.ML.Diffusion.Spaces;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// What a sweep of writing tries: the mask schedule and its exponent, the sampler and its parameters, steps, temperature and top-p. A new
/// object has the values that <see cref="DiffusionGenerateEstimator.Options"/> have by default, and so has the first trial of a sweep.
/// </summary>
/// <remarks>
/// Every combination works: what a schedule or sampler does not look at is left out by <see cref="ToOptions"/>, the random order is not
/// among the confidence scores (it takes no temperature), and blocks are given by their number, which is below the least number of steps.
/// To leave something out of a sweep, remove it from the space: <c>space.Remove("Steps")</c>.
/// </remarks>
public sealed class MaskScheduleSpace
{
    /// <summary>The kind of schedule.</summary>
    [Choice(new object[] { ScheduleKind.Cosine, ScheduleKind.Linear, ScheduleKind.Polynomial }, ScheduleKind.Cosine)]
    public ScheduleKind Schedule { get; set; } = ScheduleKind.Cosine;

    /// <summary>The exponent of <see cref="ScheduleKind.Polynomial"/>: below 1 fewer tokens are written first, above 1 more.</summary>
    [Range(0.4, 3.0, 1.0, true)]
    public double ScheduleExponent { get; set; } = 1;

    /// <summary>The kind of sampler.</summary>
    [Choice(
        new object[] { SamplerKind.TopConfidence, SamplerKind.Ancestral, SamplerKind.Threshold, SamplerKind.Factor, SamplerKind.ReMdmCap }, SamplerKind.TopConfidence)]
    public SamplerKind Sampler { get; set; } = SamplerKind.TopConfidence;

    /// <summary>How sure is measured, for <see cref="SamplerKind.TopConfidence"/>.</summary>
    [Choice(new object[] { ConfidenceScore.MaxProbability, ConfidenceScore.Margin, ConfidenceScore.NegativeEntropy }, ConfidenceScore.MaxProbability)]
    public ConfidenceScore Confidence { get; set; } = ConfidenceScore.MaxProbability;

    /// <summary>How much chance there is in the order of <see cref="SamplerKind.TopConfidence"/>; 0 for none.</summary>
    [Choice(new object[] { 0.0, 0.1, 0.3, 1.0, 3.0 }, 0.0)]
    public double ConfidenceTemperature { get; set; }

    /// <summary>The threshold of <see cref="SamplerKind.Threshold"/>.</summary>
    [Range(0.3, 0.99, 0.9)]
    public double Threshold { get; set; } = 0.9;

    /// <summary>The factor of <see cref="SamplerKind.Factor"/>.</summary>
    [Range(0.1, 4.0, 1.0, true)]
    public double Factor { get; set; } = 1;

    /// <summary>The rate of <see cref="SamplerKind.ReMdmCap"/> at which written tokens are masked again.</summary>
    [Range(0.002, 0.2, 0.008, true)]
    public double RemaskingRate { get; set; } = 0.008;

    /// <summary>In how many blocks, from left to right, a text is written; 1 for all at once.</summary>
    [Choice(new object[] { 1, 2, 4 }, 1)]
    public int Blocks { get; set; } = 1;

    /// <summary>The number of denoising steps.</summary>
    [Choice(new object[] { 8, 12, 16, 24, 32, 48, 64 }, 64)]
    public int Steps { get; set; } = 64;

    /// <summary>The temperature of the tokens.</summary>
    [Range(0.5, 1.1, 0.9)]
    public double Temperature { get; set; } = 0.9;

    /// <summary>The share of the probability that may be written.</summary>
    [Range(0.8, 1.0, 0.95)]
    public double TopP { get; set; } = 0.95;

    /// <summary>The options that say the same. Numbers are rounded to three digits, so that what is told of a trial is what was tried.</summary>
    /// <param name="maxNewTokens">How many tokens are written, which the blocks share.</param>
    public DiffusionGenerateEstimator.Options ToOptions(int maxNewTokens = 64)
    {
        Sampler sampler = Sampler switch
        {
            SamplerKind.TopConfidence => Diffusion.Sampler.TopConfidence(ConfidenceTemperature, Confidence),
            SamplerKind.Ancestral => Diffusion.Sampler.Ancestral(),
            SamplerKind.Threshold => Diffusion.Sampler.Threshold(Rounded.ToThreeDigits(Threshold)),
            SamplerKind.Factor => Diffusion.Sampler.Factor(Rounded.ToThreeDigits(Factor)),
            _ => Diffusion.Sampler.ReMdmCap(Rounded.ToThreeDigits(RemaskingRate)),
        };
        return new DiffusionGenerateEstimator.Options
        {
            MaxNewTokens = maxNewTokens,
            Schedule = Schedule switch
            {
                ScheduleKind.Cosine => MaskSchedule.Cosine,
                ScheduleKind.Linear => MaskSchedule.Linear,
                _ => MaskSchedule.Polynomial(Rounded.ToThreeDigits(ScheduleExponent)),
            },
            Sampler = Blocks == 1 ? sampler : Diffusion.Sampler.Blocks((maxNewTokens + Blocks - 1) / Blocks, sampler),
            Steps = Steps,
            Temperature = Rounded.ToThreeDigits(Temperature),
            TopP = Rounded.ToThreeDigits(TopP),
        };
    }
}
