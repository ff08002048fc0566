using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>
/// Writes for one thread at a time: a denoiser of its own on the shared model, and a warning of what was odd about the inputs. The model
/// is held only while it writes.
/// </summary>
/// <typeparam name="TText">A text with what is known of it.</typeparam>
internal abstract class DenoisingWriter<TText> : IDisposable
{
    private readonly ModelUse<MaskedLanguageModel> _use;
    private readonly int _samples;
    private readonly bool _warnsAtOnce;
    private long _inputs;
    private long _loneSurrogates;
    private bool _disposed;

    /// <summary>Makes a writer.</summary>
    /// <param name="use">The model.</param>
    /// <param name="maskToken">The tokenizer's mask.</param>
    /// <param name="samples">The number of texts for an input.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first odd input is warned of when it is met, for a writer that may never be disposed: prediction engines do not dispose
    /// their mappers. Else the warning comes with the disposal, and counts.
    /// </param>
    protected DenoisingWriter(ModelUse<MaskedLanguageModel> use, int maskToken, int samples, bool warnsAtOnce)
    {
        (_use, _samples, _warnsAtOnce) = (use, samples, warnsAtOnce);
        using SharedModel<MaskedLanguageModel>.Hold held = use.Hold();
        Denoiser = new ModelDenoiser(held.Model, maskToken);
    }

    /// <summary>The denoiser, freed with the writer.</summary>
    protected ModelDenoiser Denoiser { get; }

    /// <summary>What the log calls the work: "Generate".</summary>
    protected abstract string Work { get; }

    /// <summary>What the log calls the inputs: "prompts".</summary>
    protected abstract string Inputs { get; }

    /// <summary>How many inputs so far were dealt with as the settings' policy for those that cannot be done says.</summary>
    protected abstract long BadInputs { get; }

    /// <summary>The text itself.</summary>
    public abstract string TextOf(TText text);

    /// <summary>The row that an observer sees a text as; −1 where nothing was written in it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where it stands among the texts that were written with it.</param>
    public virtual int RowOf(TText text, int index) => index;

    /// <summary>Writes texts.</summary>
    /// <returns>The texts of the first input, then of the second, and so on, [inputs · samples].</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<TText> Write(IReadOnlyList<string> inputs, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<TText> texts = _use.Run((_, stop) => WriteHeld(inputs, observer, stop), cancellationToken);
        bool warned = HasBadInputs;
        _inputs += inputs.Count;
        // An input's samples share what was done to it.
        for (int i = 0; i < texts.Count; i += _samples)
            _loneSurrogates += Count(texts[i]);
        if (_warnsAtOnce && !warned)
            Warn();
        return texts;
    }

    /// <summary>Frees the denoiser's memory, and warns.</summary>
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
    protected abstract IReadOnlyList<TText> WriteHeld(IReadOnlyList<string> inputs, IDenoisingObserver? observer, CancellationToken cancellationToken);

    /// <summary>Counts an input for <see cref="BadInputs"/>.</summary>
    /// <param name="text">The first sample of an input.</param>
    /// <returns>The input's lone surrogates.</returns>
    protected abstract int Count(TText text);

    /// <summary>Warns of the <see cref="BadInputs"/>.</summary>
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
            channel.Warning("Further {0} like this that the same prediction engine or cursor meets are not warned of.", Inputs);
    }
}
