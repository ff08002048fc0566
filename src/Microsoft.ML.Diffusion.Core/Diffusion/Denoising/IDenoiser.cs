using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>What a sampler and a bound need of a model: for partly masked sequences, the logits of the tokens at asked positions.</summary>
public interface IDenoiser
{
    /// <summary>The number of logits for a position.</summary>
    int VocabularySize { get; }

    /// <summary>The id that stands for a masked position.</summary>
    int MaskToken { get; }

    /// <summary>
    /// Runs the model on <paramref name="batch"/> and hands the logits of the asked rows, in order and some at a time, to
    /// <paramref name="consumer"/>. A row's logits do not depend on the other sequences in the batch.
    /// </summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="rows">Positions in <c>batch.Tokens</c>, ascending.</param>
    /// <param name="consumer">Receives every asked row once.</param>
    /// <param name="cancellationToken">Looked at while the model runs.</param>
    void Predict(RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default);
}

/// <summary>Receives the logits of consecutive asked rows.</summary>
/// <param name="first">The index, among the asked rows, of the first one handed over.</param>
/// <param name="logits">Logits, [rows handed over × vocabulary]; the consumer may overwrite them.</param>
public delegate void LogitsConsumer(int first, Span<float> logits);
