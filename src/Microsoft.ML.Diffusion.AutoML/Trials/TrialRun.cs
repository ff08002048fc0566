namespace Microsoft.ML.Diffusion.Trials;

/// <summary>A trial under way: what is known of it.</summary>
/// <param name="shouldStop">Whether a trial with these points is not worth going on with.</param>
internal sealed class TrialRun(Func<IReadOnlyList<TrialPoint>, bool> shouldStop)
{
    private readonly List<TrialPoint> _points = [];
    private readonly Dictionary<string, double> _measures = [];

    /// <summary>What was drawn, for people.</summary>
    public string Settings { get; set; } = "";

    /// <summary>What is measured.</summary>
    public string MetricName { get; set; } = "";

    /// <summary>The metric.</summary>
    public double Metric { get; set; } = double.NaN;

    /// <summary>Whether more of it is better.</summary>
    public bool HigherIsBetter { get; set; }

    /// <summary>The denoiser's runs for a text.</summary>
    public double? Calls { get; set; }

    /// <summary>Milliseconds for a text, or for the training.</summary>
    public double Milliseconds { get; set; }

    /// <summary>Whether it costs more than it may.</summary>
    public bool IsOverBudget { get; set; }

    /// <summary>What else was measured.</summary>
    public IDictionary<string, double> Measures => _measures;

    /// <summary>Notes what was measured on the way.</summary>
    /// <param name="position">How far the trial is.</param>
    /// <param name="isEnd">Whether it was the last: then there is nothing to be saved.</param>
    /// <exception cref="TrialStoppedException">It is not worth going on with.</exception>
    public void AddPoint(double position, bool isEnd)
    {
        _points.Add(new TrialPoint(position, Loss));
        if (!isEnd && shouldStop(_points))
            throw new TrialStoppedException();
    }

    /// <summary>What is written down.</summary>
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
