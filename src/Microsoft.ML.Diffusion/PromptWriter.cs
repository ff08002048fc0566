using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Writes prompts for one thread at a time: a denoiser of its own on the shared model, cancellation by the context, and, when it is
/// done with, a warning of what was cut or replaced.
/// </summary>
internal sealed class PromptWriter : IDisposable
{
    private readonly IHost _host;
    private readonly ModelDenoiser _denoiser;
    private readonly TextGenerator _generator;
    private long _prompts;
    private long _truncated;
    private long _loneSurrogates;
    private bool _disposed;

    public PromptWriter(IHost host, MaskedLanguageModel model, Tokenizer tokenizer, GenerationSettings settings)
    {
        _host = host;
        _denoiser = new ModelDenoiser(model, tokenizer.MaskToken);
        _generator = new TextGenerator(_denoiser, tokenizer, settings);
    }

    /// <summary>Writes texts after prompts.</summary>
    public IReadOnlyList<GeneratedText> Write(IReadOnlyList<string> prompts, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<GeneratedText> texts = _generator.Generate(prompts, new AliveCheck(_host, observer), cancellationToken);
        _prompts += prompts.Count;
        // A prompt's samples share what was done to it.
        for (int i = 0; i < texts.Count; i += texts.Count / prompts.Count)
        {
            _truncated += texts[i].Truncated ? 1 : 0;
            _loneSurrogates += texts[i].LoneSurrogates;
        }
        return texts;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _denoiser.Dispose();
        if (_truncated == 0 && _loneSurrogates == 0)
            return;
        using IChannel channel = _host.Start("Generate");
        if (_truncated > 0)
            channel.Warning("{0} of {1} prompts were too long; the end of each was kept, as PromptTooLong = KeepEnd asks.", _truncated, _prompts);
        if (_loneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} prompts were read as U+FFFD.", _loneSurrogates, _prompts);
    }

    /// <summary>Stops at the next step when the context cancels.</summary>
    private sealed class AliveCheck(IHost host, IDenoisingObserver? next) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            host.CheckAlive();
            next?.OnStep(row, completedSteps, totalSteps, tokens);
        }
    }
}
