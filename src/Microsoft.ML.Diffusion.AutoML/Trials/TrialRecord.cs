namespace Microsoft.ML.Diffusion;

/// <summary>A trial that was run, as it stands in the file of trials.</summary>
public sealed record TrialRecord
{
    /// <summary>Its number, from 0.</summary>
    public int Id { get; init; }

    /// <summary>The values that were drawn, as JSON.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>What they came to, for people.</summary>
    public string Settings { get; init; } = "";

    /// <summary>How it ended.</summary>
    public TrialStatus Status { get; init; }

    /// <summary>What is measured, with its unit.</summary>
    public string MetricName { get; init; } = "";

    /// <summary>The metric; NaN where nothing was measured. Of a trial that was stopped, the last that was.</summary>
    public double Metric { get; init; } = double.NaN;

    /// <summary>The metric, with its sign turned where more of it is better: less is better.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>The denoiser's runs for a text, on average; null where no text is written.</summary>
    public double? Calls { get; init; }

    /// <summary>Milliseconds for a text on average, or for a training. Unlike all else, they differ from run to run.</summary>
    public double Milliseconds { get; init; }

    /// <summary>What else was measured, by name.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();

    /// <summary>What was measured on the way.</summary>
    public IReadOnlyList<TrialPoint> Points { get; init; } = [];

    /// <summary>What it threw, where it failed.</summary>
    public string? Error { get; init; }

    /// <summary>Whether it was the best when it ended, so that its model was kept.</summary>
    public bool WasBest { get; init; }
}
