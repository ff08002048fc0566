using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>Cancels a token when <c>MLContext.CancelExecution</c> was called, which can only be asked, by asking every 50 ms.</summary>
internal sealed class CancellationWatch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _source = new();
    private readonly Timer _timer;

    public CancellationWatch(IHost host) => _timer = new Timer(
        _ =>
        {
            if (((ICancelable)host).IsCanceled)
                _source.Cancel();
        },
        null, TimeSpan.Zero, s_interval);

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        using var stopped = new ManualResetEvent(false);
        if (_timer.Dispose(stopped))
            stopped.WaitOne();
        _source.Dispose();
    }
}
