using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// The features in a Hugging Face configuration or checkpoint that change what a model computes, and that no family here has. Without
/// them a model would load and give wrong answers, with no error.
/// </summary>
internal static class UnsupportedFeatures
{
    /// <summary>Refuses a configuration that asks for one.</summary>
    /// <exception cref="CheckpointException">It does; the message names the property.</exception>
    public static void Check(ConfigurationJson configuration)
    {
        const string encoder = "encoders, in which every token sees those before and after it";
        Refuse("is_decoder", "a decoder, in which a token sees only those before it", encoder);
        Refuse("is_encoder_decoder", "an encoder with a decoder", encoder);
        Refuse("add_cross_attention", "attention to another model's states", encoder);
        if (configuration.Has("pruned_heads") && configuration.Section("pruned_heads").PropertyNames.Count > 0)
        {
            throw configuration.Unsupported(
                "pruned_heads", "layers with fewer heads than the others", "the same number of heads in every layer");
        }
        if (configuration.Has("quantization_config"))
        {
            throw configuration.Unsupported(
                "quantization_config", "weights that are stored quantized", "weights in float32, float16 or bfloat16");
        }
        if (configuration.Has("auto_map") && configuration.Section("auto_map").PropertyNames.FirstOrDefault(IsModelClass) is string custom)
            throw configuration.Unsupported("auto_map", $"code of the model's own ({custom})", "the families' own architectures");

        void Refuse(string name, string given, string supported)
        {
            if (configuration.Bool(name, false))
                throw configuration.Unsupported(name, given, supported);
        }
    }

    /// <summary>Refuses weights that only such a feature has.</summary>
    /// <exception cref="CheckpointException">There are some; the message names a tensor.</exception>
    public static void Check(TensorSource tensors)
    {
        foreach (string name in tensors.Entries.Keys)
        {
            if (Feature(name) is string feature)
            {
                throw new CheckpointException(
                    $"'{tensors.Name}': tensor {Messages.Quote(name)} belongs to {feature}, which is not supported; expected the tensors of an " +
                    "encoder with absolute or rotary positions. Use a model without it: these weights would compute something else here.");
            }
        }
    }

    private static string? Feature(string tensor) =>
        tensor.Contains(".distance_embedding.", StringComparison.Ordinal) ? "relative positions (position_embedding_type relative_key)"
        : tensor.Contains(".relative_attention_bias.", StringComparison.Ordinal) ||
            tensor.EndsWith(".rel_embeddings.weight", StringComparison.Ordinal) ? "relative positions"
        : tensor.Contains(".crossattention.", StringComparison.Ordinal) ? "attention to another model's states (add_cross_attention)"
        : tensor.Contains(".lora_A.", StringComparison.Ordinal) ? "a LoRA adapter that was not merged"
        : null;

    private static bool IsModelClass(string name) => name.StartsWith("AutoModel", StringComparison.Ordinal);
}
