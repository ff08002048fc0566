using System.Globalization;
using Microsoft.ML.Diffusion.Schedules;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// How a sequence is masked as the time t runs from 0 (clean) to 1 (all masked): α(t) is the probability that a token is still clean, and 1
/// − α(t) is the mask rate. Schedules are immutable; <see cref="ToText"/> is their saved form, which <see cref="Parse"/> reads back.
/// </summary>
/// <remarks>
/// The continuous-time bound weights the loss at t by w(t) = −α'(t) / (1 − α(t)). Its value does not depend on the schedule; its variance
/// does. That holds if the mask rate runs from 0 to 1 and is the same for all tokens; <see cref="Bound"/> says what a schedule lacks. Sahoo
/// et al., "Simple and Effective Masked Diffusion Language Models" (MDLM, 2024); Shi et al., "Simplified and Generalized Masked Diffusion
/// for Discrete Data" (MD4, 2024).
/// </remarks>
public abstract class MaskSchedule
{
    private protected MaskSchedule(string name) => Name = name;

    /// <summary>α(t) = 1 − t, w(t) = 1 / t: all mask rates are equally frequent.</summary>
    public static MaskSchedule Linear { get; } = new LinearMaskSchedule();

    /// <summary>α(t) = 1 − cos(π/2·(1 − t)), w(t) = π/2·tan(π/2·(1 − t)): fewer tokens are written first, more last.</summary>
    public static MaskSchedule Cosine { get; } = new CosineMaskSchedule();

    /// <summary>The list .1, .2, …, 1 of the RoBERTaDiffusion project, which uses the plain mean
    /// (<see cref="LossWeighting.Uniform"/>).</summary>
    public static MaskSchedule RobertaDiffusion { get; } =
        new DiscreteMaskSchedule([.1, .2, .3, .4, .5, .6, .7, .8, .9, 1], "RobertaDiffusion");

    /// <summary>The schedules without parameters that can generate, in the order in which a sweep tries them.</summary>
    public static IReadOnlyList<MaskSchedule> All { get; } = [Linear, Cosine];

    /// <summary>A short name for messages; <see cref="ToText"/> is the saved form.</summary>
    public string Name { get; }

    /// <summary>Whether the weighted loss is a bound, and what it lacks if not.</summary>
    internal virtual ScheduleBound Bound => ScheduleBound.Valid;

    /// <summary>The number of steps of a discrete schedule; 0 for continuous time.</summary>
    public virtual int Steps => 0;

    /// <summary>Whether the mask rate never falls as t grows; where it does, weights are negative.</summary>
    public virtual bool IsMonotone => true;

    /// <summary>
    /// Whether the mask rate depends on the token. If so, the members that take a token define the schedule, and those without give the
    /// rate of a token of average information.
    /// </summary>
    public virtual bool DependsOnToken => false;

    /// <summary>
    /// α(t) = 1 − (1 − ε)·t, w(t) = 1 / t. At t = 1 a token is still clean with probability ε: a bound needs the terminal interval.
    /// Lou et al. (SEDD, 2024); Sahoo et al. (MDLM, 2024).
    /// </summary>
    /// <param name="epsilon">ε, in (0, 1).</param>
    public static MaskSchedule LogLinear(double epsilon = 1e-3) => new LogLinearMaskSchedule(epsilon);

    /// <summary>α(t) = 1 − t^k, w(t) = k / t. Shi et al. (MD4, 2024).</summary>
    /// <param name="exponent">k, above 0; 1 is linear.</param>
    public static MaskSchedule Polynomial(double exponent) => new PolynomialMaskSchedule(exponent);

    /// <summary>
    /// Mask rates from <paramref name="low"/> to <paramref name="high"/>, all equally frequent; for training only, since neither 0 nor 1
    /// need be reached. Arriola et al., "Block Diffusion" (BD3-LM, 2025): .45 to .95 for blocks of 4, .3 to .8 for blocks of 16.
    /// </summary>
    /// <param name="low">The lowest mask rate, 0 or more.</param>
    /// <param name="high">The highest mask rate, above <paramref name="low"/> and at most 1.</param>
    public static MaskSchedule Clipped(double low, double high) => new ClippedMaskSchedule(low, high);

    /// <summary>
    /// A list of mask rates, one for each step of discrete time: at step k of K the rate is p_k, and the weight in its bound is (p_k −
    /// p_(k−1)) / p_k with p_0 = 0. Between the steps the rate is interpolated.
    /// </summary>
    /// <param name="maskRates">p_1 … p_K, ascending, each above 0 and at most 1. If p_K is below 1, a bound needs the terminal
    /// interval.</param>
    public static MaskSchedule Discrete(params IReadOnlyList<double> maskRates) => new DiscreteMaskSchedule(maskRates, null);

    /// <summary>
    /// Token-informed: 1 − α(t, v) = t + λ·sin(πt)·(1 − H̄/H_v), clamped to [0, 1], where H_v is the token's information −log p(v) in
    /// <paramref name="histogram"/> and H̄ its mean: informative tokens are masked first and written last. He et al., "DiffusionBERT"
    /// (2023), with the mean of the corpus instead of that of the sequence.
    /// </summary>
    /// <param name="strength">λ, 0 or more; 0 is linear.</param>
    /// <param name="histogram">The token counts.</param>
    public static MaskSchedule Spindle(double strength, TokenHistogram histogram) => new SpindleMaskSchedule(strength, histogram);

    /// <summary>A custom schedule. It cannot be saved with a model.</summary>
    /// <param name="alpha">α: 1 at 0, 0 at 1, never rising.</param>
    /// <param name="alphaDerivative">α'.</param>
    /// <exception cref="ArgumentException">
    /// α rises, does not run from 1 to 0, or does not have that derivative; checked by evaluating both at some thousand times.
    /// </exception>
    public static MaskSchedule Custom(Func<double, double> alpha, Func<double, double> alphaDerivative) =>
        new CustomMaskSchedule(alpha, alphaDerivative, trainingOnly: false);

    /// <summary>A custom schedule that need not reach 0 and 1 nor be monotone: for training, never for a bound or generation.</summary>
    /// <param name="alpha">α, values in [0, 1].</param>
    /// <param name="alphaDerivative">α'.</param>
    /// <exception cref="ArgumentException">α leaves [0, 1], or does not have that derivative.</exception>
    public static MaskSchedule CustomForTraining(Func<double, double> alpha, Func<double, double> alphaDerivative) =>
        new CustomMaskSchedule(alpha, alphaDerivative, trainingOnly: true);

    /// <summary>1 − α(t), the chance that a token is masked at time <paramref name="t"/> in [0, 1]; exact near t = 0.</summary>
    internal abstract double MaskRate(double t);

    /// <summary>1 − α(t, v), the chance that a token <paramref name="token"/> is masked at time <paramref name="t"/>.</summary>
    public virtual double MaskRate(double t, int token) => MaskRate(t);

    /// <summary>α'(t), at most 0 if <see cref="IsMonotone"/>.</summary>
    internal abstract double AlphaDerivative(double t);

    /// <summary>α'(t, v), the derivative by t for a token <paramref name="token"/>.</summary>
    public virtual double AlphaDerivative(double t, int token) => AlphaDerivative(t);

    /// <summary>The time at which the mask rate is <paramref name="maskRate"/>: the inverse of <see cref="MaskRate(double)"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The schedule never has that rate.</exception>
    internal abstract double TimeAt(double maskRate);

    /// <summary>α(t), the probability that a token is clean at time <paramref name="t"/> in [0, 1].</summary>
    internal double Alpha(double t) => 1 - MaskRate(t);

    /// <summary>w(t) = −α'(t) / (1 − α(t)), the weight of the loss at t; infinite where the mask rate is 0.</summary>
    public virtual double Weight(double t) => -AlphaDerivative(t) / MaskRate(t);

    /// <summary>w(t, v): the rate at which a masked token <paramref name="token"/> is written as t
    /// falls; 0 where it is never masked.</summary>
    public virtual double Weight(double t, int token) => Weight(t);

    /// <summary>
    /// (α(s) − α(t)) / (1 − α(t)): the probability that a token masked at time <paramref name="from"/> = t is written by
    /// <paramref name="to"/> = s &lt; t. It is the step of the reverse process, and the weight of the loss at t in discrete time.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="to"/> is after <paramref name="from"/>.</exception>
    internal double UnmaskProbability(double from, double to)
    {
        CheckOrder(from, to);
        return Unmask(MaskRate(from), MaskRate(to));
    }

    /// <summary><see cref="UnmaskProbability(double, double)"/> of a token <paramref name="token"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="to"/> is after <paramref name="from"/>.</exception>
    internal double UnmaskProbability(double from, double to, int token)
    {
        CheckOrder(from, to);
        return Unmask(MaskRate(from, token), MaskRate(to, token));
    }

    /// <summary>
    /// The schedule for computing a bound: this one, or, if it stops short of mask rate 1, this one followed by the terminal interval, in
    /// which the rate rises linearly to 1.
    /// </summary>
    /// <exception cref="InvalidOperationException">The schedule is for training only.</exception>
    public MaskSchedule ForBound() => Bound switch
    {
        ScheduleBound.NeedsTerminal => new CompletedMaskSchedule(this),
        ScheduleBound.TrainingOnly =>
            throw new InvalidOperationException(
                $"The mask schedule {Name} is for training only: {WhyNoBound}. Compute the bound under MaskSchedule.Linear; it holds for " +
                "the same model."),
        _ => this,
    };

    /// <summary>The text that <see cref="Parse"/> reads. For <see cref="Spindle"/> it contains the histogram, so it may be long.</summary>
    /// <exception cref="InvalidOperationException">The schedule is made of delegates.</exception>
    public virtual string ToText() => Name;

    /// <summary><see cref="Name"/>.</summary>
    public override string ToString() => Name;

    /// <summary>Reads the text that <see cref="ToText"/> writes, such as <c>Linear</c> or <c>Polynomial(2)</c>, ignoring case.</summary>
    /// <exception cref="ArgumentException">The text is not a schedule, or a number in it is out of range.</exception>
    public static MaskSchedule Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (MaskSchedule schedule in (ReadOnlySpan<MaskSchedule>)[Linear, Cosine, RobertaDiffusion])
        {
            if (schedule.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
                return schedule;
        }
        string[] parts = name.TrimEnd().Split('(', 2);
        if (parts.Length < 2 || !parts[1].EndsWith(')'))
            throw Unknown();
        string[] arguments = parts[1][..^1].Split(',', StringSplitOptions.TrimEntries);
        string kind = parts[0].Trim().ToUpperInvariant();
        if (kind == "SPINDLE" && arguments.Length == 2)
            return Spindle(Number(arguments[0]), TokenHistogram.Parse(arguments[1]));
        double[] numbers = Array.ConvertAll(arguments, Number);
        return (kind, numbers.Length) switch
        {
            ("LOGLINEAR", 1) => LogLinear(numbers[0]),
            ("POLYNOMIAL", 1) => Polynomial(numbers[0]),
            ("CLIPPED", 2) => Clipped(numbers[0], numbers[1]),
            ("DISCRETE", _) => Discrete(numbers),
            _ => throw Unknown(),
        };

        double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : throw Unknown();
        ArgumentException Unknown() =>
            new($"There is no mask schedule '{(name.Length > 80 ? name[..80] + "…" : name)}'. Use one of: Linear, Cosine, " +
                "LogLinear(0.001), Polynomial(2), RobertaDiffusion, Discrete(0.25, 0.5, 1), Clipped(0.3, 0.8), or Spindle(0.1, " +
                "histogram) as MaskSchedule.Spindle writes it.", nameof(name));
    }

    /// <summary>Why there is no bound, for a message; used only if <see cref="Bound"/> says so.</summary>
    private protected virtual string WhyNoBound => "its mask rate does not run from 0 to 1";

    private protected static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private protected static double CheckTime(double t)
    {
        if (!(t >= 0 && t <= 1))
            throw new ArgumentOutOfRangeException(nameof(t), t, "Times and mask rates of a schedule run from 0 (clean) to 1 (all masked).");
        return t;
    }

    /// <summary>The position of a mask rate between the schedule's lowest and highest.</summary>
    private protected double CheckRate(double maskRate, double lowest, double highest)
    {
        if (!(maskRate >= lowest && maskRate <= highest))
            throw new ArgumentOutOfRangeException(nameof(maskRate), maskRate,
                $"The mask rates of {Name} run from {Text(lowest)} to {Text(highest)}.");
        return maskRate;
    }

    // Rates of earlier times do not exceed those of later ones except by rounding.
    private static double Unmask(double from, double to) => from == 0 ? 0 : Math.Max((from - to) / from, 0);

    private static void CheckOrder(double from, double to)
    {
        if (to > from)
            throw new ArgumentException(
                $"The step goes from time {Text(from)} to {Text(to)}. Give a start that is not before the end: generation runs from later " +
                "times to earlier ones.");
    }
}
