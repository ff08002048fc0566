using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Writes down how many rows are asked for at each call, and lets another denoiser answer.</summary>
internal sealed class CountingDenoiser(IDenoiser inner) : IDenoiser
{
    public List<int> Rows { get; } = [];

    public int VocabularySize => inner.VocabularySize;

    public int MaskToken => inner.MaskToken;

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        Rows.Add(rows.Length);
        inner.Predict(batch, rows, consumer, cancellationToken);
    }
}
