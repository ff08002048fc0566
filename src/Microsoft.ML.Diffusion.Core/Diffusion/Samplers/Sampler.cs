using Microsoft.ML.Diffusion.Samplers;
using Microsoft.ML.Diffusion.Schedules;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Which masked positions are written, and which written ones are masked again, at each step of denoising. Samplers are immutable
/// settings; their text form (<see cref="ToString"/>) is read back by <see cref="Parse"/>. All may be combined with every
/// <see cref="MaskSchedule"/>; those whose summary does not speak of the schedule do not look at it. A sampler that writes at least one token a step
/// ends early where there are more steps than tokens.
/// </summary>
public abstract class Sampler
{
    private protected Sampler() { }

    /// <summary>
    /// Each masked position is written with probability (α(s) − α(t)) / (1 − α(t)), independently of the others: the reverse
    /// process whose law the bound bounds, exact as the steps grow. A row is run only at steps that write in it, so more steps
    /// than tokens cost nothing. Under a schedule whose rates depend on the token, a token v is written with p(v) times its own
    /// probability, and a row is run at every step. Sahoo et al. (MDLM, 2024).
    /// </summary>
    public static Sampler Ancestral() => new AncestralSampler();

    /// <summary>
    /// One masked position, chosen uniformly, is written at each step: the ancestral process at infinitely many steps, which is
    /// exact, in as many calls as there are masks, whatever <see cref="DenoisingSettings.Steps"/> says. The times at which
    /// positions are hit are not drawn, since a denoiser that is not told the time does not need them. Zheng et al., "Masked Diffusion Models
    /// are Secretly Time-Agnostic Masked Models and Exploit Inaccurate Categorical Sampling" (2024).
    /// </summary>
    public static Sampler FirstHitting() => new FirstHittingSampler();

    /// <summary>
    /// At each step the positions of which the denoiser is surest are written, as many as the schedule says: the fraction
    /// 1 − α(t) of the row's masks is left at time t, and at least one is written. Chang et al., "MaskGIT" (2022); Nie et al., "Large
    /// Language Diffusion Models" (LLaDA, 2025).
    /// </summary>
    /// <param name="confidenceTemperature">
    /// 0 takes the surest. Above 0 positions are drawn without replacement with odds e^(score/temperature), the score being log p₁,
    /// log (p₁ − p₂) or Σ p·log p: by score + temperature · Gumbel noise.
    /// </param>
    /// <param name="score">How sure is measured.</param>
    /// <exception cref="ArgumentException">The temperature is negative or not finite, the score is unknown, or the random order is given a temperature.</exception>
    public static Sampler TopConfidence(double confidenceTemperature = 0, ConfidenceScore score = ConfidenceScore.MaxProbability) => new TopConfidenceSampler(confidenceTemperature, score);

    /// <summary>
    /// At each step every position of which the denoiser is at least so sure is written, and at least ⌈masks left / steps left⌉ of the
    /// surest, which is one where there are as many steps as masks: <see cref="DenoisingSettings.Steps"/> is the most calls.
    /// Wu et al., "Fast-dLLM" (2025).
    /// </summary>
    /// <param name="threshold">The least greatest probability, above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not in (0, 1].</exception>
    public static Sampler Threshold(double threshold = .9) => new ThresholdSampler(threshold);

    /// <summary>
    /// At each step the n surest positions are written, the most for which (n + 1)·(1 − c) ≤ factor, c being the n-th greatest
    /// probability, and at least ⌈masks left / steps left⌉, as of <see cref="Threshold"/>. At factor 1 the most likely tokens of these positions,
    /// each for itself, are also most likely together (by the union bound). Wu et al., "Fast-dLLM" (2025).
    /// </summary>
    /// <param name="factor">Above 0; above 1 nothing is guaranteed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number above 0.</exception>
    public static Sampler Factor(double factor = 1) => new FactorSampler(factor);

    /// <summary>
    /// Ancestral, and each written token is masked again with probability min(η, σmax), σmax = min(1, (1 − α(s)) / α(t)), masks being
    /// written as much more often as keeps the mask rate: errors can be mended. Takes all its steps. Wang et al., "Remasking Discrete Diffusion Models with
    /// Inference-Time Scaling" (ReMDM, 2025).
    /// </summary>
    /// <param name="eta">η in [0, 1]; 0 is <see cref="Ancestral"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">η is not in [0, 1].</exception>
    public static Sampler ReMdmCap(double eta = .008) => new ReMdmCapSampler(eta);

    /// <summary><see cref="ReMdmCap"/> with η·σmax as the probability.</summary>
    /// <param name="eta">η in [0, 1]; 0 is <see cref="Ancestral"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">η is not in [0, 1].</exception>
    public static Sampler ReMdmRescale(double eta = .015) => new ReMdmRescaleSampler(eta);

    /// <summary>
    /// <see cref="ReMdmCap"/> with σmax·softmax(−ψ) as the probability, ψ being the probability of the written token when it was written, over the
    /// written tokens: those that were least likely are masked again most. Masks are written as by <see cref="Ancestral"/>.
    /// </summary>
    public static Sampler ReMdmConfidence() => new ReMdmConfidenceSampler();

    /// <summary>
    /// The schedule runs until α = <paramref name="alpha"/> at the time <paramref name="on"/>, stands still until the time <paramref name="off"/> while
    /// tokens are masked again with probability min(η, σmax) and others written for them, and then runs to its end.
    /// </summary>
    /// <param name="eta">η in [0, 1].</param>
    /// <param name="on">The time at which the loop begins.</param>
    /// <param name="off">The time at which the loop ends, below <paramref name="on"/>.</param>
    /// <param name="alpha">The fraction of tokens written during the loop, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not within its limits.</exception>
    public static Sampler ReMdmLoop(double eta = .02, double on = .55, double off = .05, double alpha = .9) => new ReMdmLoopSampler(eta, on, off, alpha);

    /// <summary>
    /// The first step writes every position; each following one masks the ⌊n·(1 − α(t))⌋ of the n tokens whose probability when written
    /// was least, and writes them anew. The paper writes the most likely tokens: temperature 0. Ghazvininejad et al.,
    /// "Mask-Predict" (2019); its length candidates are those of <see cref="Infiller"/>.
    /// </summary>
    public static Sampler MaskPredict() => new MaskPredictSampler();

    /// <summary>
    /// Each step writes every mask, and then masks each written position again with probability 1 − α(s), whatever was written: the loop of Barry's
    /// RoBERTaDiffusion (2025). That also writes over tokens that were not masked; here these stay until they are masked.
    /// </summary>
    public static Sampler UniformRemask() => new UniformRemaskSampler();

    /// <summary>
    /// First writes the masks one by one in random order; then again and again masks a position chosen uniformly and writes it anew,
    /// <paramref name="iterations"/> steps in all, or as many as there are masks, whatever <see cref="DenoisingSettings.Steps"/> says. Its law is the model's own only where the
    /// model's conditionals are those of one joint law. Wang and Cho, "BERT has a Mouth, and It Must Speak" (2019).
    /// </summary>
    /// <param name="iterations">How many positions are written in all.</param>
    /// <param name="burnIn">How many of these are drawn from the whole law.</param>
    /// <param name="topK">How many of the most likely tokens the others are drawn from; 0 for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Sampler Gibbs(int iterations = 500, int burnIn = 250, int topK = 100) => new GibbsSampler(iterations, burnIn, topK);

    /// <summary>
    /// Semi-autoregressive: blocks of masks from left to right, each written by another sampler before the next begins. The steps are shared among the
    /// blocks in proportion to their masks, and each has at least one; blocks of one mask in as many steps are the chain rule, one block of
    /// all is the sampler itself. Where <see cref="DenoisingSettings.EndOfText"/> is set, blocks after the end are not run.
    /// Arriola et al., "Block Diffusion" (2025); Nie et al. (LLaDA, 2025).
    /// </summary>
    /// <param name="size">How many masks a block has; the last may have fewer.</param>
    /// <param name="inner">The sampler within a block.</param>
    /// <exception cref="ArgumentException">The size is below 1, or the sampler is made of blocks itself.</exception>
    public static Sampler Blocks(int size, Sampler inner) => new BlockSampler(size, inner);

    /// <summary>The sampler that <see cref="ToString"/> wrote, such as <c>Ancestral</c>, <c>TopConfidence(0.5, Margin)</c> or <c>Blocks(32, Threshold(0.9))</c>, in any case.</summary>
    /// <exception cref="ArgumentException">The text names no sampler, or one of its values is out of range.</exception>
    public static Sampler Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SamplerText.Parse(text);
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public abstract override string ToString();

    /// <summary>The confidence that <see cref="Decide"/> reads; <see cref="ConfidenceScore.Random"/> where it reads none.</summary>
    internal virtual ConfidenceScore Score => ConfidenceScore.Random;

    /// <summary>Whether the log-probabilities of written tokens are read.</summary>
    internal virtual bool NeedsLogProbabilities => false;

    /// <summary>Fails where the sampler makes no sense with a schedule.</summary>
    /// <exception cref="ArgumentException">The schedule is for training only, or the sampler needs a mask rate that it does not have.</exception>
    internal virtual void Check(MaskSchedule schedule)
    {
        if (!schedule.IsMonotone)
            throw new ArgumentException($"The mask rate of the schedule {schedule} falls as t grows, so it cannot be followed backwards to write. Use MaskSchedule.Linear; it writes from the same model.");
        // A spindle too strong for a bound still runs from 0 to 1.
        if (schedule.Bound == ScheduleBound.TrainingOnly && !schedule.DependsOnToken)
            throw new ArgumentException($"The schedule {schedule} is for training only: its mask rates run from {schedule.MaskRate(0):0.###} to {schedule.MaskRate(1):0.###}, so the first and the last step would write all the rest at once. Use MaskSchedule.Linear; it writes from the same model.");
    }

    /// <summary>Fails where a schedule's rates depend on the token.</summary>
    private protected void CheckEqualRates(MaskSchedule schedule)
    {
        if (schedule.DependsOnToken)
            throw new ArgumentException($"{this} masks tokens again at one rate for all, and the rates of the schedule {schedule} depend on the token. Use Sampler.Ancestral(), or MaskSchedule.Linear; it writes from the same model.");
    }

    /// <summary>The most steps in which so many masks are written, where the settings say <paramref name="steps"/>.</summary>
    internal virtual int StepsFor(int masks, int steps) => steps;

    /// <summary>Begins a row.</summary>
    internal virtual void Start(DenoisingRow row, int steps)
    {
        row.Steps = StepsFor(row.Positions.Length, steps);
        row.EnterPart(0, row.Positions.Length, row.Steps);
    }

    /// <summary>
    /// The mask rate at a time of the row's part. It begins all masked and ends with none, whatever the schedule does at its ends.
    /// </summary>
    internal virtual double MaskRate(MaskSchedule schedule, double t) => t >= 1 ? 1 : t <= 0 ? 0 : schedule.MaskRate(t);

    /// <summary>How many of the most likely tokens may be written at this step; 0 for no limit beside that of the settings.</summary>
    internal virtual int TopK(DenoisingRow row) => 0;

    /// <summary>Says, by <see cref="DenoisingRow.Ask"/>, at which masked positions this step needs a prediction; a row that asks nothing is not run.</summary>
    internal abstract void Plan(DenoisingRow row);

    /// <summary>Writes, by <see cref="DenoisingRow.Accept"/>, what it takes of the proposals at the asked positions, and may mask others.</summary>
    internal abstract void Decide(DenoisingRow row);

    /// <summary>Whether the row is done, after a step.</summary>
    internal virtual bool IsFinished(DenoisingRow row) => row.Masked.IsEmpty;

    /// <summary>Whether tokens that stand in the row now will stay.</summary>
    internal virtual bool IsSettled(DenoisingRow row) => true;

    /// <summary>Called after a step, where the row is not done.</summary>
    internal virtual void Advance(DenoisingRow row, int steps) { }
}
