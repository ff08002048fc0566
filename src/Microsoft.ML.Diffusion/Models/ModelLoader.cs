using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>Loads an estimator's model when it is first needed; all its transformers share it.</summary>
/// <typeparam name="TModel">The type of the model.</typeparam>
/// <param name="host">The estimator's host.</param>
/// <param name="threads">The number of threads; 0 for one per processor.</param>
/// <param name="isQuantized">Whether the model computes with 8-bit integers.</param>
/// <param name="load">Loads the model.</param>
internal sealed class ModelLoader<TModel>(IHost host, int threads, bool isQuantized, Func<Engine, CancellationToken, TModel> load)
    where TModel : EncoderWithHead
{
    private readonly Lock _lock = new();
    private WeakReference<SharedModel<TModel>>? _loaded;

    /// <summary>The Fit of an estimator that has nothing to train: loads the model and creates the transformer.</summary>
    /// <typeparam name="TTransformer">The type of the transformer.</typeparam>
    /// <param name="estimator">The estimator's name in messages.</param>
    /// <param name="makeTransformer">Creates the transformer, which releases the model when it is disposed.</param>
    /// <param name="cancellationToken">Cancels the loading, and afterwards the transformer's cursors.</param>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="InsufficientMemoryException">The device has not enough memory.</exception>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    public TTransformer Fit<TTransformer>(
        string estimator, Func<SharedModel<TModel>.Hold, TTransformer> makeTransformer, CancellationToken cancellationToken)
        where TTransformer : ModelTransformerBase<TModel>
    {
        SharedModel<TModel>.Hold hold = new Cancellation(host, $"The Fit of {estimator}").Run(Load, cancellationToken);
        try
        {
            TTransformer transformer = makeTransformer(hold);
            transformer.CancellationToken = cancellationToken;
            return transformer;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Holds the model that an earlier transformer still has, or loads it.</summary>
    private SharedModel<TModel>.Hold Load(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_loaded is not null && _loaded.TryGetTarget(out SharedModel<TModel>? shared) &&
                shared.TryHold(out SharedModel<TModel>.Hold? hold))
                return hold;
            Engine engine = EngineChoice.Of(host, threads, isQuantized);
            try
            {
                hold = SharedModel<TModel>.Share(load(engine, cancellationToken));
            }
            catch (Exception exception) when (engine.IsOutOfMemory(exception))
            {
                throw ExhaustedMemory.InLoading(engine, exception);
            }
            _loaded = new WeakReference<SharedModel<TModel>>(hold.Shared);
            return hold;
        }
    }
}
