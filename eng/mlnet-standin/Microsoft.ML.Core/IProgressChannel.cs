namespace Microsoft.ML.Runtime;

/// <summary>Starts reports of progress.</summary>
public interface IProgressChannelProvider
{
    IProgressChannel StartProgressChannel(string name);
}

/// <summary>Reports the progress of one piece of work.</summary>
public interface IProgressChannel : IProgressChannelProvider, IDisposable
{
    void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction);
    void Checkpoint(params double?[] values);
}

/// <summary>What a report is filled into.</summary>
public interface IProgressEntry
{
    void SetProgress(int index, double value);
    void SetProgress(int index, double value, double lim);
    void SetMetric(int index, double value);
}

/// <summary>The names of what a report counts and measures.</summary>
public sealed class ProgressHeader
{
    public ProgressHeader(string[] metricNames, string[] unitNames) { }

    public ProgressHeader(params string[] unitNames) : this(null, unitNames) { }
}
