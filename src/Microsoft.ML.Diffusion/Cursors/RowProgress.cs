using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// Reports how many rows a cursor has computed: to the progress channel, which only a console environment shows, and to the log from time
/// to time.
/// </summary>
internal sealed class RowProgress : IDisposable
{
    private readonly IChannel _channel;
    private readonly IProgressChannel _progress;
    private readonly string _done;
    private readonly long? _rowCount;
    private readonly TimeSpan _interval;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _reported;
    private long _rows;

    /// <summary>Starts counting.</summary>
    /// <param name="host">The host whose log is used.</param>
    /// <param name="done">The verb for computed rows: "written".</param>
    /// <param name="rowCount">The total number of rows, if it is known.</param>
    /// <param name="interval">The time between two log lines.</param>
    public RowProgress(IHost host, string done, long? rowCount, TimeSpan interval)
    {
        (_done, _rowCount, _interval) = (done, rowCount, interval);
        _channel = host.Start("Transform");
        _progress = host.StartProgressChannel("Transform");
        _progress.SetHeader(new ProgressHeader("rows"), entry =>
        {
            if (_rowCount is long all)
                entry.SetProgress(0, Volatile.Read(ref _rows), all);
            else
                entry.SetProgress(0, Volatile.Read(ref _rows));
        });
    }

    /// <summary>Counts computed rows.</summary>
    public void Add(int rows)
    {
        Volatile.Write(ref _rows, _rows + rows);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed - _reported < _interval)
            return;
        _reported = elapsed;
        _progress.Checkpoint(_rows);
        _channel.Info(
            "{0} rows {1}{2}, {3:F1} rows/s, {4:00}:{5:mm\\:ss} gone.", _rows, _done, _rowCount is long all ? $" of {all}" : "",
            _rows / Math.Max(1e-9, elapsed.TotalSeconds), (long)elapsed.TotalHours, elapsed);
    }

    public void Dispose()
    {
        _progress.Dispose();
        _channel.Dispose();
    }
}
