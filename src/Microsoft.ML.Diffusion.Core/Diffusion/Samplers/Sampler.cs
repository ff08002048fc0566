using Microsoft.ML.Diffusion.Samplers;
using Microsoft.ML.Diffusion.Schedules;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Decides which masked positions are written, and which written ones are masked again, at each step of denoising. Samplers are immutable
/// settings; their text form (<see cref="ToString"/>) is read back by <see cref="Parse"/>. Every sampler works with every
/// <see cref="MaskSchedule"/>; one whose summary does not mention the schedule does not use it. A sampler that writes at least one token a
/// step ends early if there are more steps than tokens.
/// </summary>
public abstract class Sampler
{
    private protected Sampler() { }

    /// <summary>
    /// Each masked position is written with probability (α(s) − α(t)) / (1 − α(t)), independently of the others. This is the reverse
    /// process for whose distribution the bound holds, exact as the number of steps grows. A row is run only at steps that write in it, so
    /// more steps than tokens cost nothing. Under a schedule whose rates depend on the token, a token v is written with p(v) times its own
    /// probability, and a row is run at every step. Sahoo et al. (MDLM, 2024).
    /// </summary>
    public static Sampler Ancestral() => new AncestralSampler();

    /// <summary>
    /// One masked position, chosen uniformly, is written at each step: the ancestral process with infinitely many steps, which is exact. It
    /// takes one call per mask, whatever <see cref="DenoisingSettings.Steps"/> is. The times at which positions are hit are not drawn,
    /// since the denoiser does not take the time as input. Zheng et al., "Masked Diffusion Models are Secretly Time-Agnostic Masked Models
    /// and Exploit Inaccurate Categorical Sampling" (2024).
    /// </summary>
    public static Sampler FirstHitting() => new FirstHittingSampler();

    /// <summary>
    /// At each step the positions of which the denoiser is most certain are written, as many as the schedule says: the fraction 1 − α(t) of
    /// the row's masks is left at time t, and at least one is written. Chang et al., "MaskGIT" (2022); Nie et al., "Large Language
    /// Diffusion Models" (LLaDA, 2025).
    /// </summary>
    /// <param name="confidenceTemperature">
    /// 0 takes the most certain positions. Above 0, positions are drawn without replacement with odds e^(score/temperature), that is by
    /// score + temperature · Gumbel noise. The score is log p₁, log (p₁ − p₂) or Σ p·log p.
    /// </param>
    /// <param name="score">The measure of certainty.</param>
    /// <exception cref="ArgumentException">The temperature is negative or not finite, the score is unknown, or a temperature is given for
    /// the random order.</exception>
    public static Sampler TopConfidence(double confidenceTemperature = 0, ConfidenceScore score = ConfidenceScore.MaxProbability) =>
        new TopConfidenceSampler(confidenceTemperature, score);

    /// <summary>
    /// At each step every position whose greatest probability is at least the threshold is written, and at least ⌈masks left / steps left⌉
    /// of the most certain ones, which is one if there are as many steps as masks. <see cref="DenoisingSettings.Steps"/> is the most calls.
    /// Wu et al., "Fast-dLLM" (2025).
    /// </summary>
    /// <param name="threshold">The smallest greatest probability at which a position is written, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not in (0, 1].</exception>
    public static Sampler Threshold(double threshold = .9) => new ThresholdSampler(threshold);

    /// <summary>
    /// At each step the n most certain positions are written, for the greatest n with (n + 1)·(1 − c) ≤ factor, where c is the n-th
    /// greatest probability, and at least ⌈masks left / steps left⌉, as with <see cref="Threshold"/>. At factor 1 the most likely token of
    /// each of these positions alone is also the most likely combination (by the union bound). Wu et al., "Fast-dLLM" (2025).
    /// </summary>
    /// <param name="factor">Above 0; above 1 nothing is guaranteed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number above 0.</exception>
    public static Sampler Factor(double factor = 1) => new FactorSampler(factor);

    /// <summary>
    /// Ancestral, with each written token masked again with probability min(η, σmax), σmax = min(1, (1 − α(s)) / α(t)). Masks are written
    /// more often in return, so that the mask rate follows the schedule. Errors can be corrected. Takes all its steps. Wang et al.,
    /// "Remasking Discrete Diffusion Models with Inference-Time Scaling" (ReMDM, 2025).
    /// </summary>
    /// <param name="eta">η in [0, 1]; 0 is <see cref="Ancestral"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">η is not in [0, 1].</exception>
    public static Sampler ReMdmCap(double eta = .008) => new ReMdmCapSampler(eta);

    /// <summary><see cref="ReMdmCap"/> with η·σmax as the probability.</summary>
    /// <param name="eta">η in [0, 1]; 0 is <see cref="Ancestral"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">η is not in [0, 1].</exception>
    public static Sampler ReMdmRescale(double eta = .015) => new ReMdmRescaleSampler(eta);

    /// <summary>
    /// <see cref="ReMdmCap"/> with σmax·softmax(−ψ) as the probability, where ψ is the written token's probability when it was written and
    /// the softmax is over the written tokens: the least likely ones are masked again most. Masks are written as by
    /// <see cref="Ancestral"/>.
    /// </summary>
    public static Sampler ReMdmConfidence() => new ReMdmConfidenceSampler();

    /// <summary>
    /// The schedule runs until α = <paramref name="alpha"/> at the time <paramref name="on"/> and stops there until the time
    /// <paramref name="off"/>, while tokens are masked again with probability min(η, σmax) and others are written in their place. Then it
    /// runs to its end.
    /// </summary>
    /// <param name="eta">η in [0, 1].</param>
    /// <param name="on">The time at which the loop begins.</param>
    /// <param name="off">The time at which the loop ends, below <paramref name="on"/>.</param>
    /// <param name="alpha">The fraction of tokens written during the loop, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Sampler ReMdmLoop(double eta = .02, double on = .55, double off = .05, double alpha = .9) =>
        new ReMdmLoopSampler(eta, on, off, alpha);

    /// <summary>
    /// The first step writes every position; each following one masks the ⌊n·(1 − α(t))⌋ of the n tokens with the lowest probability when
    /// written, and writes them again. The paper writes the most likely tokens: temperature 0. Ghazvininejad et al., "Mask-Predict" (2019);
    /// its length candidates are those of <see cref="Infiller"/>.
    /// </summary>
    public static Sampler MaskPredict() => new MaskPredictSampler();

    /// <summary>
    /// Each step writes every mask, then masks each written position again with probability 1 − α(s), whatever was written: the loop of
    /// Barry's RoBERTaDiffusion (2025). That one also overwrites tokens that were not masked; here those stay until they are masked.
    /// </summary>
    public static Sampler UniformRemask() => new UniformRemaskSampler();

    /// <summary>
    /// First writes the masks one by one in random order, then repeatedly masks a uniformly chosen position and writes it again:
    /// <paramref name="iterations"/> steps in all, or the number of masks if that is greater, whatever
    /// <see cref="DenoisingSettings.Steps"/> is. Its distribution is the model's own only if the model's conditionals are those of one
    /// joint distribution. Wang and Cho, "BERT has a Mouth, and It Must Speak" (2019).
    /// </summary>
    /// <param name="iterations">The number of positions written in all.</param>
    /// <param name="burnIn">The number of these that are drawn from the whole distribution.</param>
    /// <param name="topK">The number of most likely tokens from which the others are drawn; 0 for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Sampler Gibbs(int iterations = 500, int burnIn = 250, int topK = 100) => new GibbsSampler(iterations, burnIn, topK);

    /// <summary>
    /// Semi-autoregressive: blocks of masks from left to right, each written by another sampler before the next begins. The steps are
    /// shared among the blocks in proportion to their masks, at least one each. Blocks of one mask with as many steps are the chain rule;
    /// one block of all masks is the inner sampler itself. If <see cref="DenoisingSettings.EndOfText"/> is set, blocks after the end are
    /// not run. Arriola et al., "Block Diffusion" (2025); Nie et al. (LLaDA, 2025).
    /// </summary>
    /// <param name="size">The number of masks in a block; the last may have fewer.</param>
    /// <param name="inner">The sampler within a block.</param>
    /// <exception cref="ArgumentException">The size is below 1, or the inner sampler is itself made of blocks.</exception>
    public static Sampler Blocks(int size, Sampler inner) => new BlockSampler(size, inner);

    /// <summary>
    /// Reads the text form that <see cref="ToString"/> writes, such as <c>Ancestral</c>, <c>TopConfidence(0.5, Margin)</c> or <c>Blocks(32,
    /// Threshold(0.9))</c>, ignoring case.
    /// </summary>
    /// <exception cref="ArgumentException">The text does not name a sampler, or one of its values is out of range.</exception>
    public static Sampler Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SamplerText.Parse(text);
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public abstract override string ToString();

    /// <summary>The confidence that <see cref="Decide"/> uses; <see cref="ConfidenceScore.Random"/> if it uses none.</summary>
    internal virtual ConfidenceScore Score => ConfidenceScore.Random;

    /// <summary>Whether the log-probabilities of written tokens are needed.</summary>
    internal virtual bool NeedsLogProbabilities => false;

    /// <summary>Throws if the sampler does not work with a schedule.</summary>
    /// <exception cref="ArgumentException">The schedule is for training only, or lacks a mask rate that the sampler needs.</exception>
    internal virtual void Check(MaskSchedule schedule)
    {
        if (!schedule.IsMonotone)
            throw new ArgumentException(
                $"The mask rate of the schedule {schedule} falls as t grows, so it cannot be run backwards to generate. Use " +
                "MaskSchedule.Linear; it works with the same model.");
        // A spindle too strong for a bound still runs from 0 to 1.
        if (schedule.Bound == ScheduleBound.TrainingOnly && !schedule.DependsOnToken)
            throw new ArgumentException(
                $"The schedule {schedule} is for training only: its mask rates run from {schedule.MaskRate(0):0.###} to " +
                $"{schedule.MaskRate(1):0.###}, so the first and the last step would write all the rest at once. Use MaskSchedule.Linear; " +
                "it works with the same model.");
    }

    /// <summary>Throws if a schedule's rates depend on the token.</summary>
    private protected void CheckEqualRates(MaskSchedule schedule)
    {
        if (schedule.DependsOnToken)
            throw new ArgumentException(
                $"{this} masks all tokens again at one rate, but the rates of the schedule {schedule} depend on the token. Use " +
                "Sampler.Ancestral(), or MaskSchedule.Linear, which works with the same model.");
    }

    /// <summary>The most steps for a number of masks, given <paramref name="steps"/> in the settings.</summary>
    internal virtual int StepsFor(int masks, int steps) => steps;

    /// <summary>Begins a row.</summary>
    internal virtual void Start(DenoisingRow row, int steps)
    {
        row.Steps = StepsFor(row.Positions.Length, steps);
        row.EnterPart(0, row.Positions.Length, row.Steps);
    }

    /// <summary>
    /// The mask rate at a time of the row's part. The part begins all masked and ends with no mask, whatever the schedule's values at its
    /// ends.
    /// </summary>
    internal virtual double MaskRate(MaskSchedule schedule, double t) => t >= 1 ? 1 : t <= 0 ? 0 : schedule.MaskRate(t);

    /// <summary>The number of most likely tokens that may be written at this step; 0 for no limit other than the settings'.</summary>
    internal virtual int TopK(DenoisingRow row) => 0;

    /// <summary>
    /// Requests, with <see cref="DenoisingRow.Ask"/>, the masked positions that need a prediction in this step; a row with no requests is
    /// not run.
    /// </summary>
    internal abstract void Plan(DenoisingRow row);

    /// <summary>
    /// Writes, with <see cref="DenoisingRow.Accept"/>, the accepted proposals at the requested positions, and may mask others.
    /// </summary>
    internal abstract void Decide(DenoisingRow row);

    /// <summary>Whether the row is done, after a step.</summary>
    internal virtual bool IsFinished(DenoisingRow row) => row.Masked.IsEmpty;

    /// <summary>Whether tokens that are in the row now will stay.</summary>
    internal virtual bool IsSettled(DenoisingRow row) => true;

    /// <summary>Called after a step if the row is not done.</summary>
    internal virtual void Advance(DenoisingRow row, int steps) { }
}
