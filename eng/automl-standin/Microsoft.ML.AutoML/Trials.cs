using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>The settings of a trial.</summary>
public class TrialSettings
{
    public int TrialId { get; set; }
    public DateTime StartedAtUtc { get; set; }
    public DateTime? EndedAtUtc { get; set; }
    public Parameter Parameter { get; set; }
}

/// <summary>The result of a trial.</summary>
public class TrialResult : IEqualityComparer<TrialResult>
{
    public TrialSettings TrialSettings { get; set; }
    public ITransformer Model { get; set; }
    public double Loss { get; set; }
    public double Metric { get; set; }
    public double DurationInMilliseconds { get; set; }
    public bool Equals(TrialResult x, TrialResult y) => GetHashCode(x) == GetHashCode(y);
    public int GetHashCode(TrialResult obj) => obj?.TrialSettings?.TrialId ?? 0;
}

/// <summary>Runs a trial.</summary>
public interface ITrialRunner : IDisposable
{
    Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct);
}

/// <summary>Proposes the next parameters.</summary>
public interface ITuner
{
    Parameter Propose(TrialSettings settings);
    void Update(TrialResult result);
}

/// <summary>Receives the progress of the trials.</summary>
public interface IMonitor
{
    void ReportCompletedTrial(TrialResult result);
    void ReportBestTrial(TrialResult result);
    void ReportFailTrial(TrialSettings settings, Exception exception = null);
    void ReportRunningTrial(TrialSettings settings);
}
