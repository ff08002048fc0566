using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// A loaded model with a count of its holders: transformers until they are disposed, and threads while they compute. The last holder to
/// release it frees it. So disposing a transformer frees its memory immediately, but never under a thread that is still computing.
/// </summary>
/// <typeparam name="TModel">The type of the model.</typeparam>
internal sealed class SharedModel<TModel> where TModel : EncoderWithHead
{
    private readonly TModel _model;
    private int _holders = 1;

    private SharedModel(TModel model) => _model = model;

    /// <summary>Shares a model; the caller is its first holder.</summary>
    public static Hold Share(TModel model) => new(new SharedModel<TModel>(model));

    /// <summary>Adds a holder, unless the model was freed.</summary>
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

        /// <summary>The shared model that is held.</summary>
        public SharedModel<TModel> Shared => shared;

        /// <summary>The model.</summary>
        public TModel Model => shared._model;

        /// <summary>Releases the model; a second call does nothing.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                shared.LetGo();
        }
    }
}
