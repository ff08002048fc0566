using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>
/// Writes texts for one thread at a time. It has its own denoiser on the shared model, holds the model only while it writes, and warns of
/// bad inputs.
/// </summary>
/// <typeparam name="TText">A written text with its details.</typeparam>
internal abstract class DenoisingWriter<TText> : IDisposable
{
    private readonly ModelUse<MaskedLanguageModel> _use;
    private readonly int _samples;
    private readonly bool _warnsAtOnce;
    private long _inputs;
    private long _loneSurrogates;
    private bool _disposed;

    /// <summary>Creates a writer.</summary>
    /// <param name="use">The model.</param>
    /// <param name="maskToken">The tokenizer's mask token.</param>
    /// <param name="samples">The number of texts for each input.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first bad input is logged immediately, for a writer that may never be disposed: prediction engines do not dispose their
    /// mappers. Otherwise the warning is logged at the disposal, with counts.
    /// </param>
    protected DenoisingWriter(ModelUse<MaskedLanguageModel> use, int maskToken, int samples, bool warnsAtOnce)
    {
        (_use, _samples, _warnsAtOnce) = (use, samples, warnsAtOnce);
        using SharedModel<MaskedLanguageModel>.Hold held = use.Hold();
        Denoiser = new ModelDenoiser(held.Model, maskToken);
    }

    /// <summary>The denoiser, which is freed with the writer.</summary>
    protected ModelDenoiser Denoiser { get; }

    /// <summary>The name of the work in the log: "Generate".</summary>
    protected abstract string Work { get; }

    /// <summary>The name of the inputs in the log: "prompts".</summary>
    protected abstract string Inputs { get; }

    /// <summary>The number of inputs so far to which the settings' policy for bad inputs was applied.</summary>
    protected abstract long BadInputs { get; }

    /// <summary>The text itself.</summary>
    public abstract string TextOf(TText text);

    /// <summary>The row number that an observer gets for a text; −1 if nothing was written in it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Its index among the texts that were written together.</param>
    public virtual int RowOf(TText text, int index) => index;

    /// <summary>Writes texts.</summary>
    /// <returns>The texts of the first input, then of the second, and so on, [inputs · samples].</returns>
    /// <exception cref="OperationCanceledException">The writing was canceled.</exception>
    public IReadOnlyList<TText> Write(IReadOnlyList<string> inputs, IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<TText> texts = _use.Run((_, stop) => WriteHeld(inputs, observer, stop), cancellationToken);
        bool warned = HasBadInputs;
        _inputs += inputs.Count;
        // All samples of an input share its cuts and repairs.
        for (int i = 0; i < texts.Count; i += _samples)
            _loneSurrogates += Count(texts[i]);
        if (_warnsAtOnce && !warned)
            Warn();
        return texts;
    }

    /// <summary>Frees the denoiser's memory, and logs the warning.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Denoiser.Dispose();
        if (!_warnsAtOnce)
            Warn();
    }

    /// <summary>Writes texts, while the model is held.</summary>
    protected abstract IReadOnlyList<TText> WriteHeld(IReadOnlyList<string> inputs, IDenoisingObserver? observer,
        CancellationToken cancellationToken);

    /// <summary>Counts an input for <see cref="BadInputs"/>.</summary>
    /// <param name="text">The first sample of an input.</param>
    /// <returns>The number of lone surrogates in the input.</returns>
    protected abstract int Count(TText text);

    /// <summary>Logs the <see cref="BadInputs"/>.</summary>
    /// <param name="channel">The log.</param>
    /// <param name="inputs">The number of inputs so far.</param>
    protected abstract void WarnOfBadInputs(IChannel channel, long inputs);

    private bool HasBadInputs => BadInputs > 0 || _loneSurrogates > 0;

    private void Warn()
    {
        if (!HasBadInputs)
            return;
        using IChannel channel = _use.Host.Start(Work);
        if (BadInputs > 0)
            WarnOfBadInputs(channel, _inputs);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} {2} were read as U+FFFD.", _loneSurrogates, _inputs, Inputs);
        if (_warnsAtOnce)
            channel.Warning("Further {0} like this are not logged for the same prediction engine or cursor.", Inputs);
    }
}
