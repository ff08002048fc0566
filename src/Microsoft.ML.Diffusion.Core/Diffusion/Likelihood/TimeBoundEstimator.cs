using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Estimates the NELBO by its definition under a schedule: draws a time t, masks each token at its rate, and weights the masked tokens'
/// −log p by w(t), with the terminal interval and the rate terms where the schedule needs them. The times of a sequence's draws are
/// stratified, (u + draw/Draws) mod 1.
/// </summary>
/// <remarks>
/// A draw's variance is at least ∫ w(t)²·(1 − α(t)) dt. Under schedules whose mask rate starts in proportion to t, such as linear and
/// cosine, that integral diverges (slowly, as log 1/t) and confidence intervals are somewhat too narrow; under
/// <see cref="MaskSchedule.Polynomial"/>(2) it is finite. <see cref="NelboEstimator"/> has less variance than either.
/// </remarks>
public sealed class TimeBoundEstimator : BoundEstimator
{
    private const ulong KeyTag = 0x74696D65; // "time"

    private readonly MaskSchedule _schedule;
    private readonly int _steps;

    /// <summary>Makes an estimator.</summary>
    /// <param name="denoiser">The model to evaluate.</param>
    /// <param name="schedule">The schedule; its terminal interval is added if it lacks one.</param>
    /// <param name="options">How to estimate.</param>
    /// <param name="isProtected">Ids that are given and not scored, such as a tokenizer's special tokens; null for none except the
    /// mask.</param>
    /// <param name="steps">
    /// The T of discrete time: the bound of writing in T steps, where tokens written in the same step do not see each other. 0: the number
    /// of rates in a discrete schedule, or continuous time.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or rates depend on the token and time is discrete.</exception>
    /// <exception cref="InvalidOperationException">The schedule is for training only.</exception>
    public TimeBoundEstimator(IDenoiser denoiser, MaskSchedule schedule, NelboOptions options,
        Func<int, bool>? isProtected = null, int steps = 0)
        : base(denoiser, options, isProtected, KeyTag, schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        _schedule = schedule.ForBound();
        _steps = steps > 0 ? steps : _schedule.Steps;
        if (_steps > 0 && _schedule.DependsOnToken)
            throw new ArgumentException(
                $"The rates of {schedule.Name} depend on the token; its bound needs continuous time. Give steps = 0, or another schedule.",
                nameof(steps));
    }

    private protected override void Draw(ReadOnlySpan<int> sequence, ReadOnlySpan<int> maskable, ulong key, int draw,
        CancellationToken cancellationToken)
    {
        double time = (Philox.Uniform(key, ulong.MaxValue, 0) + (double)draw / Draws) % 1, rate, weight;
        if (_steps > 0)
        {
            double step = Math.Ceiling(time * _steps);
            time = step / _steps;
            weight = _steps * _schedule.UnmaskProbability(time, Math.Max(step - 1, 0) / _steps);
        }
        else
        {
            weight = _schedule.Weight(time);
        }
        rate = _schedule.MaskRate(time);
        Scorer.Copy(sequence, time, cancellationToken);
        foreach (int position in maskable)
        {
            if (_schedule.DependsOnToken)
                (rate, weight) = (_schedule.MaskRate(time, sequence[position]), _schedule.Weight(time, sequence[position]));
            if (Philox.Uniform(key, (ulong)draw, (ulong)position) < rate)
                Scorer.MaskAndAsk(position, weight, draw);
        }
    }
}
