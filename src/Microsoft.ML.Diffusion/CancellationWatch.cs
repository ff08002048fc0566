using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// A token that is cancelled soon after <c>MLContext.CancelExecution</c> was called, which a host can only be asked for: a timer asks
/// every 20 ms, so that what runs long needs to look at nothing but the token.
/// </summary>
internal sealed class CancellationWatch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
    private readonly IHost _host;
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _other;
    private readonly Timer _timer;

    /// <summary>Starts to ask.</summary>
    /// <param name="host">Who is asked.</param>
    /// <param name="other">Cancels the token too.</param>
    /// <exception cref="OperationCanceledException">The context is already cancelled.</exception>
    public CancellationWatch(IHost host, CancellationToken other = default)
    {
        host.CheckAlive();
        _host = host;
        _other = other.Register(_source.Cancel);
        _timer = new Timer(_ => Ask(), null, s_interval, s_interval);
    }

    /// <summary>What is cancelled.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Asks at once, as is well done between steps that are shorter than the timer's.</summary>
    public void Ask()
    {
        if (_host is ICancelable { IsCanceled: true })
            _source.Cancel();
    }

    /// <summary>Stops asking. A last question may still be under way; to cancel then does no harm, as the source is not disposed.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _other.Dispose();
    }
}
