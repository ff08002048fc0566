using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>A transformer's model as its cursors use it: it is held only while they compute, and not after a cancellation.</summary>
/// <typeparam name="TModel">The type of the model.</typeparam>
/// <param name="host">The transformer's host.</param>
/// <param name="name">The transformer's name in messages.</param>
/// <param name="hold">Holds the model, or fails if it was freed.</param>
/// <param name="token">Returns the transformer's current token.</param>
internal sealed class ModelUse<TModel>(IHost host, string name, Func<SharedModel<TModel>.Hold> hold, Func<CancellationToken> token)
    where TModel : EncoderWithHead
{
    private readonly Cancellation _cancellation = new(
        host, $"The work of {name}",
        "If its CancellationToken was canceled, set another, or CancellationToken.None, to use the transformer again.");

    /// <summary>The host whose log is used.</summary>
    public IHost Host => host;

    /// <summary>Keeps the model from being freed.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public SharedModel<TModel>.Hold Hold() => hold();

    /// <summary>Fails if no more rows should be read or computed.</summary>
    /// <exception cref="OperationCanceledException">The context or the transformer's token was canceled.</exception>
    public void CheckAlive() => _cancellation.Check(token());

    /// <summary>Computes with the model.</summary>
    /// <param name="work">The work, which checks its token throughout.</param>
    /// <param name="call">Cancels this call alone.</param>
    /// <exception cref="InsufficientMemoryException">The device has not enough memory; the model can be used on.</exception>
    /// <exception cref="OperationCanceledException">The context, the transformer's token or the call's was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TResult Run<TResult>(Func<TModel, CancellationToken, TResult> work, CancellationToken call = default)
    {
        using SharedModel<TModel>.Hold held = hold();
        CancellationToken now = token();
        try
        {
            TResult result = _cancellation.Run(stop => work(held.Model, stop), now, call);
            _cancellation.Check(now, call); // the timer may not yet have polled the context
            return result;
        }
        catch (Exception exception) when (held.Model.Engine.IsOutOfMemory(exception))
        {
            throw ExhaustedMemory.InUse(held.Model.Engine, name, exception);
        }
    }
}
