using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Logits that are a function of a sequence's tokens and the position, with large values for the loved ids. Hands rows over
/// in uneven portions, as a denoiser may.
/// </summary>
internal sealed class FakeDenoiser(int vocabularySize, int maskToken, params int[] loved) : IDenoiser
{
    public int VocabularySize => vocabularySize;

    public int MaskToken => maskToken;

    public int Calls { get; private set; }

    public int LargestBatch { get; private set; }

    /// <summary>When the number of this call is reached, a NaN is given.</summary>
    public int NanAtCall { get; init; } = -1;

    public bool Flat { get; init; }

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        Calls++;
        LargestBatch = Math.Max(LargestBatch, batch.TokenCount);
        float[] logits = new float[3 * vocabularySize];
        for (int first = 0; first < rows.Length; first += 3)
        {
            int count = Math.Min(3, rows.Length - first);
            for (int i = 0; i < count; i++)
                Fill(batch, rows[first + i], logits.AsSpan(i * vocabularySize, vocabularySize));
            consumer(first, logits.AsSpan(0, count * vocabularySize));
        }
    }

    private void Fill(RaggedTokens batch, int row, Span<float> logits)
    {
        logits.Clear();
        if (!Flat)
        {
            int sequence = 0;
            while (batch.Bounds[sequence + 1] <= row)
                sequence++;
            ulong key = (ulong)(row - batch.Bounds[sequence]);
            foreach (int token in batch[sequence])
                key = Philox.Mix(key, (ulong)token);
            for (int v = 0; v < logits.Length; v++)
                logits[v] = (float)(4 * Philox.Uniform(key, 0, (ulong)v));
        }
        foreach (int id in loved)
            logits[id] = 60;
        if (Calls == NanAtCall)
            logits[^1] = float.NaN;
    }
}
