using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// Cancels work. The work checks one token. The callers' tokens cancel it at once, and <c>MLContext.CancelExecution</c> soon after: a host
/// can only be polled, which a timer does. The exception then names what was canceled and carries the caller's own token, so that the
/// caller's task ends as canceled and not as faulted.
/// </summary>
/// <param name="host">The host whose context may be canceled.</param>
/// <param name="what">The name of the work in messages: "The Fit of …".</param>
/// <param name="advice">A sentence that says what to do after a cancellation; or empty.</param>
internal sealed class Cancellation(IHost host, string what, string advice = "")
{
    private bool IsContextCanceled => host is ICancelable { IsCanceled: true };

    /// <summary>Runs work that can be canceled.</summary>
    /// <param name="work">The work, which checks its token throughout.</param>
    /// <param name="token">Cancels the work.</param>
    /// <param name="call">Cancels the work too: the token of this one call, whose caller needs no advice.</param>
    /// <exception cref="OperationCanceledException">The work was canceled, perhaps before it began.</exception>
    public TResult Run<TResult>(Func<CancellationToken, TResult> work, CancellationToken token, CancellationToken call = default)
    {
        if (IsCanceled(token, call))
            throw Canceled(" before it began", null, token, call);
        using var watch = new Watch(this, token, call);
        try
        {
            return work(watch.Token);
        }
        catch (OperationCanceledException exception) when (IsCanceled(token, call))
        {
            throw Canceled("", exception, token, call);
        }
    }

    /// <summary>Fails if the work should not continue.</summary>
    /// <inheritdoc cref="Run"/>
    /// <exception cref="OperationCanceledException">The work was canceled.</exception>
    public void Check(CancellationToken token, CancellationToken call = default)
    {
        if (IsCanceled(token, call))
            throw Canceled("", null, token, call);
    }

    private bool IsCanceled(CancellationToken token, CancellationToken call) =>
        token.IsCancellationRequested || call.IsCancellationRequested || IsContextCanceled;

    private OperationCanceledException Canceled(string when, OperationCanceledException? inner, CancellationToken token,
        CancellationToken call)
    {
        if (call.IsCancellationRequested)
            return new OperationCanceledException($"{what} was canceled{when}.", inner, call);
        bool byToken = token.IsCancellationRequested;
        string by = byToken ? "" : ", as its MLContext was", then = advice.Length == 0 ? "" : " " + advice;
        return new OperationCanceledException($"{what} was canceled{when}{by}.{then}", inner, byToken ? token : default);
    }

    /// <summary>Cancels a token when one of the callers' tokens or the context is canceled.</summary>
    private sealed class Watch : IDisposable
    {
        private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
        private readonly CancellationTokenSource _source = new(); // not disposed: a last poll may still be running
        private readonly CancellationTokenRegistration _token, _call;
        private readonly Timer _timer;

        public Watch(Cancellation cancellation, CancellationToken token, CancellationToken call)
        {
            (_token, _call) = (token.Register(_source.Cancel), call.Register(_source.Cancel));
            _timer = new Timer(
                _ =>
                {
                    if (cancellation.IsContextCanceled)
                        _source.Cancel();
                },
                null, s_interval, s_interval);
        }

        public CancellationToken Token => _source.Token;

        public void Dispose()
        {
            _timer.Dispose();
            _token.Dispose();
            _call.Dispose();
        }
    }
}
