using Microsoft.ML.Diffusion.Encoders;

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
}
