namespace Microsoft.ML.Diffusion;

/// <summary>How a trial ended.</summary>
public enum TrialStatus
{
    /// <summary>It was measured in full, and may be the best.</summary>
    Completed,

    /// <summary>It was measured, and costs more than the budget.</summary>
    OverBudget,

    /// <summary>It was ended early, as half of the trials before it were better at the same point.</summary>
    Stopped,

    /// <summary>It threw.</summary>
    Failed,
}
