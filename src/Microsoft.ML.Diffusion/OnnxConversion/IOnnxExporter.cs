using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>Writes models as ONNX graphs; the package Diffusion.ML.Onnx has one.</summary>
public interface IOnnxExporter
{
    /// <summary>Adds the nodes of a model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputIds">The name of the token ids, Int64 [batch × sequence].</param>
    /// <param name="attentionMask">The name of the mask, Int64 [batch × sequence]: 1 for tokens, 0 for padding.</param>
    /// <param name="tokenTypeIds">The name of the token types, Int64 [batch × sequence]; null for type 0 everywhere.</param>
    /// <returns>The name of the logits: [batch × outputs] of a head for sequences, otherwise [batch × sequence × outputs].</returns>
    string AddModel(OnnxGraphBuilder graph, EncoderWithHead model, string inputIds, string attentionMask, string? tokenTypeIds);

    /// <summary>
    /// Adds the nodes that turn one row's text, or pair of texts, into a model's inputs, with the operators of ONNX Runtime Extensions
    /// (the domain <c>ai.onnx.contrib</c>). The graph fails on a batch of several rows: these operators take one text.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxLength">The maximum number of tokens, special tokens included; a longer text is cut at the end.</param>
    /// <param name="texts">The names of one or two tensors of strings, each of one element.</param>
    /// <returns>The names of the token ids, the mask and the token types, each Int64 [1 × sequence].</returns>
    /// <exception cref="NotSupportedException">The operators cannot tokenize in this way; the message says why.</exception>
    (string InputIds, string AttentionMask, string TokenTypeIds) AddTokenizer(
        OnnxGraphBuilder graph, EncoderWithHead model, Tokenizer tokenizer, int maxLength, params IReadOnlyList<string> texts);
}
