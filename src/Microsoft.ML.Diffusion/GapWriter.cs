using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Fills templates for one thread at a time: a denoiser of its own on the shared model, cancellation by the context, and a warning of
/// what was left or replaced. The model is held only while it writes.
/// </summary>
internal sealed class GapWriter : IDisposable
{
    private readonly IHost _host;
    private readonly Func<SharedModel<MaskedLanguageModel>.Hold> _hold;
    private readonly bool _warnsAtOnce;
    private readonly int _samples;
    private readonly ModelDenoiser _denoiser;
    private readonly Infiller _infiller;
    private long _templates;
    private long _unfilled;
    private long _loneSurrogates;
    private string? _reason;
    private bool _disposed;

    /// <summary>Makes a writer.</summary>
    /// <param name="host">Whose log and cancellation.</param>
    /// <param name="hold">Holds the model, or fails where it was freed.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="settings">How gaps are filled.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first template that was left or read otherwise is warned of when it is met, for a writer that may never be disposed:
    /// prediction engines do not dispose their mappers. Else the warning comes with the disposal, and counts.
    /// </param>
    public GapWriter(IHost host, Func<SharedModel<MaskedLanguageModel>.Hold> hold, Tokenizer tokenizer, InfillingSettings settings, bool warnsAtOnce)
    {
        (_host, _hold, _warnsAtOnce, _samples) = (host, hold, warnsAtOnce, settings.Samples);
        using SharedModel<MaskedLanguageModel>.Hold held = hold();
        _denoiser = new ModelDenoiser(held.Model, tokenizer.MaskToken);
        _infiller = new Infiller(_denoiser, tokenizer, settings);
    }

    /// <summary>Fills templates.</summary>
    /// <exception cref="OperationCanceledException">The context or the token was cancelled.</exception>
    public IReadOnlyList<InfilledText> Write(IReadOnlyList<string> templates, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using SharedModel<MaskedLanguageModel>.Hold held = _hold();
        using var watch = new CancellationWatch(_host, cancellationToken);
        IReadOnlyList<InfilledText> texts = _infiller.Infill(templates, new AliveCheck(_host, observer), watch.Token);
        bool first = _unfilled == 0 && _loneSurrogates == 0;
        _templates += templates.Count;
        // A template's samples share what was done to it.
        for (int i = 0; i < texts.Count; i += _samples)
        {
            _loneSurrogates += texts[i].LoneSurrogates;
            _unfilled += texts[i].Error is null ? 0 : 1;
            _reason ??= texts[i].Error;
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
        if (_unfilled == 0 && _loneSurrogates == 0)
            return;
        using IChannel channel = _host.Start("Infill");
        if (_unfilled > 0)
            channel.Warning("{0} of {1} templates could not be filled and were left as they are, as TemplateError = LeaveAsIs asks. The first: {2}", _unfilled, _templates, _reason!);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} templates were read as U+FFFD.", _loneSurrogates, _templates);
        if (_warnsAtOnce)
            channel.Warning("Further templates like this that the same prediction engine or cursor meets are not warned of.");
    }
}
