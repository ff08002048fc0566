namespace Microsoft.ML.Diffusion;

/// <summary>A trial that has ended, as recorded in the file of trials.</summary>
public sealed record TrialRecord
{
    /// <summary>The trial's number, from 0.</summary>
    public int Id { get; init; }

    /// <summary>The values that the tuner chose, as JSON.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>The resulting settings, in readable form.</summary>
    public string Settings { get; init; } = "";

    /// <summary>How the trial ended.</summary>
    public TrialStatus Status { get; init; }

    /// <summary>The name of the metric, with its unit.</summary>
    public string MetricName { get; init; } = "";

    /// <summary>The metric; NaN if nothing was measured. For a trial that was stopped, the last measurement.</summary>
    public double Metric { get; init; } = double.NaN;

    /// <summary>The loss, lower is better: the metric, with the sign changed if a higher metric is better.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>The average number of denoiser calls for a text; null if no text is written.</summary>
    public double? Calls { get; init; }

    /// <summary>
    /// Milliseconds: the average for a text, or the time of a training. Unlike all other values, they differ from run to run.
    /// </summary>
    public double Milliseconds { get; init; }

    /// <summary>Further measurements, by name.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();

    /// <summary>The intermediate measurements.</summary>
    public IReadOnlyList<TrialPoint> Points { get; init; } = [];

    /// <summary>The exception's message, if the trial failed.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the trial was the best when it ended, so that its model was kept.</summary>
    public bool WasBest { get; init; }
}
