using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>What samplers and bounds need from a model: the logits at requested positions of partly masked sequences.</summary>
public interface IDenoiser
{
    /// <summary>The number of logits for a position.</summary>
    int VocabularySize { get; }

    /// <summary>The id that stands for a masked position.</summary>
    int MaskToken { get; }

    /// <summary>
    /// Runs the model on <paramref name="batch"/> and passes the logits of the requested rows to <paramref name="consumer"/>, in order and
    /// a few at a time. A row's logits do not depend on the other sequences in the batch.
    /// </summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="rows">Positions in <c>batch.Tokens</c>, ascending.</param>
    /// <param name="consumer">Receives every requested row once.</param>
    /// <param name="cancellationToken">Checked while the model runs.</param>
    void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default);
}

/// <summary>Receives the logits of consecutive requested rows.</summary>
/// <param name="first">The index, among the requested rows, of the first one in this call.</param>
/// <param name="logits">Logits, [rows in this call × vocabulary]; the consumer may overwrite them.</param>
public delegate void LogitsConsumer(int first, Span<float> logits);
