using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>The tensors of ModernBERT: query, key and value in one, and the two halves of a gated layer in one.</summary>
internal static class ModernBertTensors
{
    /// <summary>Lists the tensors.</summary>
    public static IReadOnlyList<TensorPart> List(RecognizedModel model, ModelDescription description)
    {
        EncoderPart encoder = model.Encoder;
        var list = new TensorList();
        list.Table("model.embeddings.tok_embeddings.weight", encoder.Embeddings.Tokens);
        list.Norm("model.embeddings.norm", encoder.Embeddings.Norm, description.HasNormBias);
        for (int i = 0; i < encoder.Layers.Count; i++)
        {
            LayerPart layer = encoder.Layers[i];
            string name = $"model.layers.{i}.";
            if (layer.AttentionNorm is not null)
                list.Norm(name + "attn_norm", layer.AttentionNorm, description.HasNormBias);
            list.Linear(name + "attn.Wqkv", description.HasAttentionBias, layer.Attention.Query, layer.Attention.Key,
                layer.Attention.Value);
            list.Linear(name + "attn.Wo", description.HasAttentionBias, layer.AttentionOutput);
            list.Norm(name + "mlp_norm", layer.Norm, description.HasNormBias);
            list.Linear(name + "mlp.Wi", description.HasFeedForwardBias, layer.Intermediate, layer.Gate!);
            list.Linear(name + "mlp.Wo", description.HasFeedForwardBias, layer.Output);
        }
        list.Norm("model.final_norm", encoder.FinalNorm!, description.HasNormBias);
        HeadPart head = model.Main;
        if (head.Output is null)
            return list.Tensors;
        list.Linear("head.dense", description.HasHeadBias, head.Dense!);
        list.Norm("head.norm", head.Norm!, description.HasNormBias);
        if (head.Kind != HeadKind.MaskedLanguage)
        {
            list.Linear("classifier", true, head.Output);
            return list.Tensors;
        }
        if (!description.IsTied)
            list.Weights("decoder.weight", head.Output);
        if (description.HasDecoderBias)
            list.Bias("decoder.bias", head.Output);
        return list.Tensors;
    }
}
