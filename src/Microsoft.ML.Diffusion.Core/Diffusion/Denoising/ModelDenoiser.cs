using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// An encoder with its masked-language head as a denoiser. One thread at a time may use it; several denoisers may share the model.
/// </summary>
public sealed class ModelDenoiser : IDenoiser, IDisposable
{
    /// <summary>The most logits passed on at a time: 32 MiB.</summary>
    private const int LogitsInBlock = 1 << 23;

    private readonly MaskedLanguageModel _model;
    private readonly Pass _pass;
    private float[] _logits = [];

    /// <summary>Makes a denoiser.</summary>
    /// <param name="model">The model, which the denoiser does not dispose.</param>
    /// <param name="maskToken">The id of the tokenizer's mask.</param>
    public ModelDenoiser(MaskedLanguageModel model, int maskToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        if ((uint)maskToken >= (uint)model.Configuration.VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(maskToken), maskToken,
                $"The model has {model.Configuration.VocabularySize} tokens, and the mask must be one of them. Use the tokenizer that " +
                "belongs to the model.");
        (_model, MaskToken, _pass) = (model, maskToken, Pass.ForInference(model.Engine));
    }

    /// <inheritdoc/>
    public int VocabularySize => _model.Configuration.VocabularySize;

    /// <inheritdoc/>
    public int MaskToken { get; }

    /// <inheritdoc/>
    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        _pass.Begin();
        _pass.CancellationToken = cancellationToken;
        Tensor hidden = _model.Encoder.Forward(_pass, batch);
        Tensor transformed = _model.Head.Transform(_pass, _pass.Gather(hidden, rows));
        int block = Math.Max(1, LogitsInBlock / VocabularySize);
        for (int first = 0; first < rows.Length; first += block)
        {
            ArenaMark mark = _pass.Mark();
            int count = Math.Min(block, rows.Length - first);
            Tensor logits = _model.Head.Decode(_pass, _pass.View(transformed, first, count));
            int length = count * VocabularySize;
            if (_logits.Length < length)
                _logits = new float[length];
            _pass.Read(logits, _logits.AsSpan(0, length));
            _pass.Keep(mark, hidden);
            consumer(first, _logits.AsSpan(0, length));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();
}
