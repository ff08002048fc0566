using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// The one way in which work is cancelled: it looks at one token, which its callers' tokens cancel at once, and
/// <c>MLContext.CancelExecution</c> soon after, as a host can only be asked for it: a timer asks. What the work then throws is told as what
/// was cancelled, with the caller's own token, so that the caller's task ends as cancelled and not as failed.
/// </summary>
/// <param name="host">Whose context may be cancelled.</param>
/// <param name="what">The work, for a message: "The Fit of …".</param>
/// <param name="advice">What can be done after a cancellation, a sentence; or empty.</param>
internal sealed class Cancellation(IHost host, string what, string advice = "")
{
    private bool IsContextCanceled => host is ICancelable { IsCanceled: true };

    /// <summary>Does work that can be cancelled.</summary>
    /// <param name="work">The work, which looks at its token all along.</param>
    /// <param name="token">Cancels the work.</param>
    /// <param name="call">Cancels it too: the token of this one call, whose caller needs no advice.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, perhaps before it began.</exception>
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

    /// <summary>Fails where the work is not to go on.</summary>
    /// <inheritdoc cref="Run"/>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Check(CancellationToken token, CancellationToken call = default)
    {
        if (IsCanceled(token, call))
            throw Canceled("", null, token, call);
    }

    private bool IsCanceled(CancellationToken token, CancellationToken call) =>
        token.IsCancellationRequested || call.IsCancellationRequested || IsContextCanceled;

    private OperationCanceledException Canceled(string when, OperationCanceledException? inner, CancellationToken token, CancellationToken call)
    {
        if (call.IsCancellationRequested)
            return new OperationCanceledException($"{what} was cancelled{when}.", inner, call);
        bool byToken = token.IsCancellationRequested;
        string by = byToken ? "" : ", as its MLContext was", then = advice.Length == 0 ? "" : " " + advice;
        return new OperationCanceledException($"{what} was cancelled{when}{by}.{then}", inner, byToken ? token : default);
    }

    /// <summary>Cancels a token when the callers' are, or the context.</summary>
    private sealed class Watch : IDisposable
    {
        private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
        private readonly CancellationTokenSource _source = new(); // not disposed: a last question may still be under way
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
