using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>Loads an estimator's model when it is first needed; all its transformers share it.</summary>
/// <param name="host">The estimator's host.</param>
/// <param name="model">The model.</param>
/// <param name="threads">The number of threads; 0 for one per processor.</param>
internal sealed class ModelLoader(IHost host, EncoderModel model, int threads)
{
    private readonly Lock _lock = new();
    private WeakReference<SharedModel<MaskedLanguageModel>>? _loaded;

    /// <summary>Holds the model that an earlier transformer still has, or loads it.</summary>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    public SharedModel<MaskedLanguageModel>.Hold Load(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_loaded is not null && _loaded.TryGetTarget(out SharedModel<MaskedLanguageModel>? shared) &&
                shared.TryHold(out SharedModel<MaskedLanguageModel>.Hold? hold))
                return hold;
            hold = SharedModel<MaskedLanguageModel>.Share(model.LoadMaskedLanguageModel(EngineChoice.Of(host, threads), cancellationToken));
            _loaded = new WeakReference<SharedModel<MaskedLanguageModel>>(hold.Shared);
            return hold;
        }
    }
}
