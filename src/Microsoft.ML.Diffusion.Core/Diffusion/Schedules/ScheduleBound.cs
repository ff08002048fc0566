namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>Whether the integral of a schedule's weighted loss is an upper bound of −log p, and what it lacks if it is not.</summary>
internal enum ScheduleBound
{
    /// <summary>∫ w(t)·loss(t) dt is a bound as it stands: the mask rate runs from 0 to 1.</summary>
    Valid,

    /// <summary>
    /// The mask rate starts at 0 and stops short of 1 (log-linear): the interval between must be added, or the result may be below the
    /// entropy. <see cref="MaskSchedule.ForBound"/> adds it.
    /// </summary>
    NeedsTerminal,

    /// <summary>
    /// The rates depend on the unknown token (spindle): Σ_v p(v)·w(t, v) − w(t, x) must be added for each masked token x. Estimators that
    /// support this do so.
    /// </summary>
    NeedsRateTerms,

    /// <summary>No bound: the mask rate starts above 0, falls somewhere, or the bound is infinite.</summary>
    TrainingOnly,
}
