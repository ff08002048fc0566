namespace Microsoft.ML.Diffusion;

/// <summary>How trials are run.</summary>
public class SweepOptions
{
    /// <summary>The seed of the trials: of each the same, so that they differ by their settings alone.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// Where the trials (<c>trials.jsonl</c>) and the best model so far (<c>model-*.zip</c>) are kept. A sweep that was interrupted, and is
    /// started again with the same data and settings, goes on where it was: the trials that are there are not run again. Null for none.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// How many earlier trials must have reached a point before a trial is stopped there for being worse than half of them; 0 to stop none
    /// early.
    /// </summary>
    public int StopAfter { get; set; } = 5;

    /// <summary>Is told of every trial, on the thread that runs it. The log is told in any case.</summary>
    public IProgress<SweepProgress>? Progress { get; set; }
}
