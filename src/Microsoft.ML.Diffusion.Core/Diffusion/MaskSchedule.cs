namespace Microsoft.ML.Diffusion;

/// <summary>
/// How a sequence is masked as the time t runs from 0 (clean) to 1 (all masked): α(t) is the chance that a token is still
/// clean, 1 − α(t) its mask rate. Schedules are immutable, are told apart by name, and can be saved as
/// <see cref="Name"/> and read back by <see cref="Parse"/>.
/// </summary>
/// <remarks>
/// The continuous-time bound weighs the loss at t by w(t) = −α'(t) / (1 − α(t)); its value does not depend on the schedule,
/// its variance does. Sahoo et al., "Simple and Effective Masked Diffusion Language Models" (MDLM, 2024); Shi et al.,
/// "Simplified and Generalized Masked Diffusion for Discrete Data" (MD4, 2024).
/// </remarks>
public abstract class MaskSchedule
{
    private protected MaskSchedule(string name) => Name = name;

    /// <summary>α(t) = 1 − t, w(t) = 1 / t: every mask rate is as frequent as any other.</summary>
    public static MaskSchedule Linear { get; } = new LinearMaskSchedule();

    /// <summary>α(t) = 1 − cos(π/2·(1 − t)), w(t) = π/2·tan(π/2·(1 − t)): fewer tokens are written first, more last.</summary>
    public static MaskSchedule Cosine { get; } = new CosineMaskSchedule();

    /// <summary>Every named schedule, in the order in which a sweep tries them.</summary>
    public static IReadOnlyList<MaskSchedule> All { get; } = [Linear, Cosine];

    /// <summary>The name that <see cref="Parse"/> reads.</summary>
    public string Name { get; }

    /// <summary>1 − α(t), the chance that a token is masked at time <paramref name="t"/> in [0, 1]; exact near t = 0.</summary>
    public abstract double MaskRate(double t);

    /// <summary>α'(t), not above 0.</summary>
    public abstract double AlphaDerivative(double t);

    /// <summary>The time at which the mask rate is <paramref name="maskRate"/>: the inverse of <see cref="MaskRate"/>.</summary>
    public abstract double TimeAt(double maskRate);

    /// <summary>α(t), the chance that a token is clean at time <paramref name="t"/> in [0, 1].</summary>
    public double Alpha(double t) => 1 - MaskRate(t);

    /// <summary>w(t) = −α'(t) / (1 − α(t)), the weight of the loss at t; infinite at t = 0.</summary>
    public virtual double Weight(double t) => -AlphaDerivative(t) / MaskRate(t);

    /// <summary>The schedule of a name, in any case.</summary>
    /// <exception cref="ArgumentException">No schedule has the name.</exception>
    public static MaskSchedule Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (MaskSchedule schedule in All)
        {
            if (schedule.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return schedule;
        }
        throw new ArgumentException($"There is no mask schedule '{name}'. Use one of: {string.Join(", ", All)}.", nameof(name));
    }

    /// <summary><see cref="Name"/>.</summary>
    public override string ToString() => Name;

    private protected static double CheckTime(double t)
    {
        if (!(t >= 0 && t <= 1))
            throw new ArgumentOutOfRangeException(nameof(t), t, "Times and mask rates of a schedule run from 0 (clean) to 1 (all masked).");
        return t;
    }
}
