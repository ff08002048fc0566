using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Writes prompts for one thread at a time: a denoiser of its own on the shared model, cancellation by the context, and a warning of
/// what was cut or replaced. The model is held only while it writes.
/// </summary>
internal sealed class PromptWriter : IDisposable
{
    private readonly IHost _host;
    private readonly Func<SharedModel<MaskedLanguageModel>.Hold> _hold;
    private readonly bool _warnsAtOnce;
    private readonly ModelDenoiser _denoiser;
    private readonly TextGenerator _generator;
    private long _prompts;
    private long _truncated;
    private long _loneSurrogates;
    private bool _disposed;

    /// <summary>Makes a writer.</summary>
    /// <param name="host">Whose log and cancellation.</param>
    /// <param name="hold">Holds the model, or fails where it was freed.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="settings">How texts are written.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first cut or replaced prompt is warned of when it is met, for a writer that may never be disposed: prediction
    /// engines do not dispose their mappers. Else the warning comes with the disposal, and counts.
    /// </param>
    public PromptWriter(IHost host, Func<SharedModel<MaskedLanguageModel>.Hold> hold, Tokenizer tokenizer, GenerationSettings settings, bool warnsAtOnce = false)
    {
        (_host, _hold, _warnsAtOnce) = (host, hold, warnsAtOnce);
        using SharedModel<MaskedLanguageModel>.Hold held = hold();
        _denoiser = new ModelDenoiser(held.Model, tokenizer.MaskToken);
        _generator = new TextGenerator(_denoiser, tokenizer, settings);
    }

    /// <summary>Writes texts after prompts.</summary>
    /// <exception cref="OperationCanceledException">The context or the token was cancelled.</exception>
    public IReadOnlyList<GeneratedText> Write(IReadOnlyList<string> prompts, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using SharedModel<MaskedLanguageModel>.Hold held = _hold();
        using var watch = new CancellationWatch(_host, cancellationToken);
        IReadOnlyList<GeneratedText> texts = _generator.Generate(prompts, new AliveCheck(_host, observer), watch.Token);
        bool first = _truncated == 0 && _loneSurrogates == 0;
        _prompts += prompts.Count;
        // A prompt's samples share what was done to it.
        for (int i = 0; i < texts.Count; i += texts.Count / prompts.Count)
        {
            _truncated += texts[i].Truncated ? 1 : 0;
            _loneSurrogates += texts[i].LoneSurrogates;
        }
        if (_warnsAtOnce && first)
            Warn();
        return texts;
    }

    /// <summary>Frees the denoiser's memory, and warns.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _denoiser.Dispose();
        if (!_warnsAtOnce)
            Warn();
    }

    private void Warn()
    {
        if (_truncated == 0 && _loneSurrogates == 0)
            return;
        using IChannel channel = _host.Start("Generate");
        if (_truncated > 0)
            channel.Warning("{0} of {1} prompts were too long; the end of each was kept, as PromptTooLong = KeepEnd asks.", _truncated, _prompts);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} prompts were read as U+FFFD.", _loneSurrogates, _prompts);
        if (_warnsAtOnce)
            channel.Warning("Further prompts like this that the same prediction engine or cursor meets are not warned of.");
    }
}
