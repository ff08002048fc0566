using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>Loads an estimator's model when it is first needed, for all its transformers.</summary>
/// <param name="host">The estimator's.</param>
/// <param name="model">The model.</param>
/// <param name="threads">How many threads compute; 0 for one a processor.</param>
internal sealed class ModelLoader(IHost host, EncoderModel model, int threads)
{
    private readonly Lock _lock = new();
    private WeakReference<SharedModel<MaskedLanguageModel>>? _loaded;

    /// <summary>Holds the model that an earlier transformer still has, or one that is loaded now.</summary>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SharedModel<MaskedLanguageModel>.Hold Load(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_loaded is not null && _loaded.TryGetTarget(out SharedModel<MaskedLanguageModel>? shared) && shared.TryHold(out SharedModel<MaskedLanguageModel>.Hold? hold))
                return hold;
            hold = SharedModel<MaskedLanguageModel>.Share(model.LoadMaskedLanguageModel(EngineChoice.Of(host, threads), cancellationToken));
            _loaded = new WeakReference<SharedModel<MaskedLanguageModel>>(hold.Shared);
            return hold;
        }
    }
}
