using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>A transformer's model as its cursors use it: held only while they compute, and until they are cancelled.</summary>
/// <typeparam name="TModel">What kind of model.</typeparam>
/// <param name="host">The transformer's.</param>
/// <param name="name">The transformer's, for a message.</param>
/// <param name="hold">Holds the model, or fails where it was freed.</param>
/// <param name="token">The transformer's token as it is now.</param>
internal sealed class ModelUse<TModel>(IHost host, string name, Func<SharedModel<TModel>.Hold> hold, Func<CancellationToken> token)
    where TModel : EncoderWithHead
{
    private readonly Cancellation _cancellation = new(
        host, $"The work of {name}", "Where its CancellationToken was cancelled, set another, or CancellationToken.None, to use the transformer again.");

    /// <summary>Whose log.</summary>
    public IHost Host => host;

    /// <summary>Keeps the model from being freed.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public SharedModel<TModel>.Hold Hold() => hold();

    /// <summary>Fails where rows are not to be read or computed any more.</summary>
    /// <exception cref="OperationCanceledException">The context or the transformer's token was cancelled.</exception>
    public void CheckAlive() => _cancellation.Check(token());

    /// <summary>Computes with the model.</summary>
    /// <param name="work">Looks at its token all along.</param>
    /// <param name="call">Cancels this call alone.</param>
    /// <exception cref="OperationCanceledException">The context, the transformer's token or the call's was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TResult Run<TResult>(Func<TModel, CancellationToken, TResult> work, CancellationToken call = default)
    {
        using SharedModel<TModel>.Hold held = hold();
        CancellationToken now = token();
        TResult result = _cancellation.Run(stop => work(held.Model, stop), now, call);
        _cancellation.Check(now, call); // what is shorter than the timer's interval ends by the context too
        return result;
    }
}
