using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// An encoder with its masked-language head as a denoiser. One thread at a time may use it; several denoisers may share the model.
/// </summary>
public sealed class ModelDenoiser : IDrawingDenoiser, IDisposable
{
    /// <summary>The most logits computed at a time: 32 MiB.</summary>
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
        Tensor transformed = Transform(batch, rows, cancellationToken);
        for (int first = 0; first < rows.Length; first += RowsInBlock)
        {
            ArenaMark mark = _pass.Mark();
            int count = Math.Min(RowsInBlock, rows.Length - first);
            Tensor logits = _model.Head.Decode(_pass, _pass.View(transformed, first, count));
            int length = count * VocabularySize;
            if (_logits.Length < length)
                _logits = new float[length];
            _pass.Read(logits, _logits.AsSpan(0, length));
            _pass.Keep(mark, transformed);
            consumer(first, _logits.AsSpan(0, length));
        }
    }

    bool IDrawingDenoiser.CanDraw => _pass.CanDraw;

    void IDrawingDenoiser.Draw(RaggedTokens batch, ReadOnlySpan<int> rows, in DrawSettings settings, ReadOnlySpan<int> banned,
        ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn, CancellationToken cancellationToken)
    {
        Tensor transformed = Transform(batch, rows, cancellationToken);
        Indices bans = _pass.IndicesOf(banned);
        for (int first = 0; first < rows.Length; first += RowsInBlock)
        {
            ArenaMark mark = _pass.Mark();
            int count = Math.Min(RowsInBlock, rows.Length - first);
            Tensor logits = _model.Head.Decode(_pass, _pass.View(transformed, first, count));
            _pass.Draw(logits, settings, bans, requests.Slice(first, count), drawn.Slice(first, count));
            _pass.Keep(mark, transformed);
        }
    }

    private int RowsInBlock => Math.Max(1, LogitsInBlock / VocabularySize);

    /// <summary>Runs the model up to its decoder: [rows × width].</summary>
    private Tensor Transform(RaggedTokens batch, ReadOnlySpan<int> rows, CancellationToken cancellationToken)
    {
        _pass.Begin();
        _pass.CancellationToken = cancellationToken;
        Tensor hidden = _model.Encoder.Forward(_pass, batch);
        return _model.Head.Transform(_pass, _pass.Gather(hidden, rows));
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();
}
