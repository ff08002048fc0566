using System.Diagnostics;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>
/// A denoiser that measures the time spent in another: in the encoder and its head, without the processing of the logits.
/// </summary>
internal sealed class TimedDenoiser(IDenoiser inner) : IDenoiser
{
    /// <summary>The time spent so far.</summary>
    public TimeSpan Elapsed { get; private set; }

    public int VocabularySize => inner.VocabularySize;

    public int MaskToken => inner.MaskToken;

    public void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan consuming = TimeSpan.Zero;
        inner.Predict(batch, rows, (first, logits) =>
        {
            long before = Stopwatch.GetTimestamp();
            consumer(first, logits);
            consuming += Stopwatch.GetElapsedTime(before);
        }, cancellationToken);
        Elapsed += Stopwatch.GetElapsedTime(start) - consuming;
    }
}
