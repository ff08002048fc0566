using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// A loaded model and how many hold it: transformers until they are disposed, and threads while they compute. The last to let go
/// frees it, so that disposing a transformer frees its memory then and there, and never under a thread that is still writing.
/// </summary>
/// <typeparam name="TModel">What kind of model.</typeparam>
internal sealed class SharedModel<TModel> where TModel : EncoderWithHead
{
    private readonly TModel _model;
    private int _holders = 1;

    private SharedModel(TModel model) => _model = model;

    /// <summary>Shares a model, and holds it.</summary>
    public static Hold Share(TModel model) => new(new SharedModel<TModel>(model));

    /// <summary>Holds the model too, unless it was freed.</summary>
    public bool TryHold([NotNullWhen(true)] out Hold? hold)
    {
        hold = null;
        for (int holders = Volatile.Read(ref _holders); holders > 0 && hold is null;)
        {
            int before = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (before == holders)
                hold = new Hold(this);
            holders = before;
        }
        return hold is not null;
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            _model.Dispose();
    }

    /// <summary>Keeps the model from being freed.</summary>
    internal sealed class Hold(SharedModel<TModel> shared) : IDisposable
    {
        private int _disposed;

        /// <summary>Whose model is held.</summary>
        public SharedModel<TModel> Shared => shared;

        /// <summary>The model.</summary>
        public TModel Model => shared._model;

        /// <summary>Lets go; a second time does nothing.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                shared.LetGo();
        }
    }
}
