namespace Microsoft.ML.Diffusion.Trials;

/// <summary>A running trial with its measurements so far.</summary>
/// <param name="shouldStop">Whether a trial with these measurements should stop.</param>
internal sealed class TrialRun(Func<IReadOnlyList<TrialPoint>, bool> shouldStop)
{
    private readonly List<TrialPoint> _points = [];
    private readonly Dictionary<string, double> _measures = [];

    /// <summary>The settings, in readable form.</summary>
    public string Settings { get; set; } = "";

    /// <summary>The name of the metric.</summary>
    public string MetricName { get; set; } = "";

    /// <summary>The metric.</summary>
    public double Metric { get; set; } = double.NaN;

    /// <summary>Whether a higher metric is better.</summary>
    public bool HigherIsBetter { get; set; }

    /// <summary>The number of denoiser calls for a text.</summary>
    public double? Calls { get; set; }

    /// <summary>Milliseconds for a text, or for the training.</summary>
    public double Milliseconds { get; set; }

    /// <summary>Whether the cost is above the budget.</summary>
    public bool IsOverBudget { get; set; }

    /// <summary>Further measurements.</summary>
    public IDictionary<string, double> Measures => _measures;

    /// <summary>Records an intermediate measurement.</summary>
    /// <param name="position">The progress of the trial.</param>
    /// <param name="isEnd">Whether it was the last measurement, after which stopping would save nothing.</param>
    /// <exception cref="TrialStoppedException">The trial should stop.</exception>
    public void AddPoint(double position, bool isEnd)
    {
        _points.Add(new TrialPoint(position, Loss));
        if (!isEnd && shouldStop(_points))
            throw new TrialStoppedException();
    }

    /// <summary>Creates the record of the trial.</summary>
    public TrialRecord ToRecord(int id, string parameters, TrialStatus status, string? error) => new()
    {
        Id = id,
        Parameters = parameters,
        Settings = Settings,
        Status = status == TrialStatus.Completed && IsOverBudget ? TrialStatus.OverBudget : status,
        MetricName = MetricName,
        Metric = Metric,
        Loss = Loss,
        Calls = Calls,
        Milliseconds = Milliseconds,
        Measures = _measures,
        Points = _points,
        Error = error,
    };

    private double Loss => HigherIsBetter ? -Metric : Metric;
}
