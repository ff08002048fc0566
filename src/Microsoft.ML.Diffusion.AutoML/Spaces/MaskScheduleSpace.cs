using Microsoft.ML.Diffusion.Spaces;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The search space of writing: the mask schedule and its exponent, the sampler and its parameters, steps, temperature and top-p. A new
/// object has the default values of <see cref="DiffusionGenerateEstimator.Options"/>, and so has the first trial of a sweep.
/// </summary>
/// <remarks>
/// Every combination works: <see cref="ToOptions"/> omits settings that a schedule or sampler does not use, the random order is not among
/// the confidence scores (it takes no temperature), and the blocks are given by their number, which is below the smallest number of steps.
/// To exclude a setting from a sweep, remove it from the space: <c>space.Remove("Steps")</c>.
/// </remarks>
public sealed class MaskScheduleSpace
{
    /// <summary>The kind of schedule.</summary>
    [Choice(new object[] { ScheduleKind.Cosine, ScheduleKind.Linear, ScheduleKind.Polynomial }, ScheduleKind.Cosine)]
    public ScheduleKind Schedule { get; set; } = ScheduleKind.Cosine;

    /// <summary>
    /// The exponent of <see cref="ScheduleKind.Polynomial"/>: below 1 fewer tokens are written in the first steps, above 1 more.
    /// </summary>
    [Range(0.4, 3.0, 1.0, true)]
    public double ScheduleExponent { get; set; } = 1;

    /// <summary>The kind of sampler.</summary>
    [Choice(
        new object[] { SamplerKind.TopConfidence, SamplerKind.Ancestral, SamplerKind.Threshold, SamplerKind.Factor, SamplerKind.ReMdmCap },
        SamplerKind.TopConfidence)]
    public SamplerKind Sampler { get; set; } = SamplerKind.TopConfidence;

    /// <summary>The confidence score of <see cref="SamplerKind.TopConfidence"/>.</summary>
    [Choice(new object[] { ConfidenceScore.MaxProbability, ConfidenceScore.Margin, ConfidenceScore.NegativeEntropy },
        ConfidenceScore.MaxProbability)]
    public ConfidenceScore Confidence { get; set; } = ConfidenceScore.MaxProbability;

    /// <summary>The randomness of the order of <see cref="SamplerKind.TopConfidence"/>; 0 for none.</summary>
    [Choice(new object[] { 0.0, 0.1, 0.3, 1.0, 3.0 }, 0.0)]
    public double ConfidenceTemperature { get; set; }

    /// <summary>The threshold of <see cref="SamplerKind.Threshold"/>.</summary>
    [Range(0.3, 0.99, 0.9)]
    public double Threshold { get; set; } = 0.9;

    /// <summary>The factor of <see cref="SamplerKind.Factor"/>.</summary>
    [Range(0.1, 4.0, 1.0, true)]
    public double Factor { get; set; } = 1;

    /// <summary>The rate of <see cref="SamplerKind.ReMdmCap"/>, at which written tokens are masked again.</summary>
    [Range(0.002, 0.2, 0.008, true)]
    public double RemaskingRate { get; set; } = 0.008;

    /// <summary>The number of blocks in which a text is written from left to right; 1 for the whole text at once.</summary>
    [Choice(new object[] { 1, 2, 4 }, 1)]
    public int Blocks { get; set; } = 1;

    /// <summary>The number of denoising steps.</summary>
    [Choice(new object[] { 8, 12, 16, 24, 32, 48, 64 }, 64)]
    public int Steps { get; set; } = 64;

    /// <summary>The temperature of the tokens.</summary>
    [Range(0.5, 1.1, 0.9)]
    public double Temperature { get; set; } = 0.9;

    /// <summary>Top-p: only the most likely tokens that together reach this probability may be written.</summary>
    [Range(0.8, 1.0, 0.95)]
    public double TopP { get; set; } = 0.95;

    /// <summary>
    /// Converts the values to options. Numbers are rounded to three digits, so that a trial uses exactly the values in its report.
    /// </summary>
    /// <param name="maxNewTokens">The number of tokens to write, which is divided among the blocks.</param>
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
