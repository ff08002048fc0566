namespace Microsoft.ML.Diffusion;

/// <summary>The options of a sweep.</summary>
public class SweepOptions
{
    /// <summary>The seed of the trials. It is the same for all, so that they differ by their settings alone.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// The directory of the trials (<c>trials.jsonl</c>) and of the best model so far (<c>model-*.zip</c>). A sweep that was interrupted
    /// continues if it is started again with the same data and settings: the trials in the file are not run again. Null for none.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// The number of earlier trials that must have reached a point before a trial can be stopped there for being worse than half of them; 0
    /// to stop no trial early.
    /// </summary>
    public int StopAfter { get; set; } = 5;

    /// <summary>Receives every trial, on the thread that runs it. The log receives every trial too.</summary>
    public IProgress<SweepProgress>? Progress { get; set; }
}
