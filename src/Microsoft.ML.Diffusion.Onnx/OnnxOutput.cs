namespace Microsoft.ML.Diffusion;

/// <summary>What an ONNX file computes.</summary>
public enum OnnxOutput
{
    /// <summary>
    /// The logits of the model's head: <c>logits</c>, [batch × labels] of a head for sequences (of a regression the value) and [batch ×
    /// sequence × labels] of one for tokens; <c>start_logits</c> and <c>end_logits</c>, [batch × sequence], of question answering. Of a
    /// masked-language head they are over the vocabulary, [batch × sequence × vocabulary], which is one step of denoising: the softmax of
    /// the row of a mask is the distribution of its token.
    /// </summary>
    Logits,
    /// <summary>The encoder's hidden states: <c>last_hidden_state</c>, [batch × sequence × hidden size].</summary>
    HiddenStates,
    /// <summary>
    /// <c>last_hidden_state</c>, and its mean over a sequence's tokens: <c>sentence_embedding</c>, [batch × hidden size].
    /// </summary>
    MeanEmbedding,
    /// <summary><c>last_hidden_state</c>, and that of the first token: <c>sentence_embedding</c>, [batch × hidden size].</summary>
    FirstTokenEmbedding,
}
