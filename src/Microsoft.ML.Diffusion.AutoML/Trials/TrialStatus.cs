namespace Microsoft.ML.Diffusion;

/// <summary>How a trial ended.</summary>
public enum TrialStatus
{
    /// <summary>The trial was measured completely and may be the best.</summary>
    Completed,

    /// <summary>The trial was measured completely and its cost is above the budget.</summary>
    OverBudget,

    /// <summary>The trial was stopped early because half of the earlier trials were better at the same point.</summary>
    Stopped,

    /// <summary>The trial threw an exception.</summary>
    Failed,
}
