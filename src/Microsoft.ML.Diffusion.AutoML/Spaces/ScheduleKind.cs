namespace Microsoft.ML.Diffusion;

/// <summary>The kinds of mask schedule that a sweep tries.</summary>
public enum ScheduleKind
{
    /// <summary><see cref="MaskSchedule.Cosine"/>.</summary>
    Cosine,

    /// <summary><see cref="MaskSchedule.Linear"/>.</summary>
    Linear,

    /// <summary><see cref="MaskSchedule.Polynomial"/>, with an exponent that is swept too.</summary>
    Polynomial,
}
