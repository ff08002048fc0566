using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>Writes a described model's config.json.</summary>
internal static class ConfigurationWriter
{
    /// <summary>Writes it.</summary>
    /// <param name="description">The model.</param>
    public static byte[] Write(ModelDescription description)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("architectures");
            writer.WriteStringValue(description.Architecture);
            writer.WriteEndArray();
            writer.WriteString("model_type", description.ModelType);
            writer.WriteNumber("vocab_size", description.Encoder.Embeddings.Tokens.Dims[0]);
            writer.WriteBoolean("tie_word_embeddings", description.IsTied);
            if (description.Head.IsMean && description.Head.Kind == HeadKind.Sequence)
                writer.WriteString("classifier_pooling", "mean");
            switch (description.ModelType)
            {
                case "distilbert":
                    WriteDistilBert(writer, description);
                    break;
                case "modernbert":
                    WriteModernBert(writer, description);
                    break;
                default:
                    WriteBert(writer, description);
                    break;
            }
            if (description.Head is { Kind: HeadKind.Sequence or HeadKind.Token, Output: LinearPart output })
                WriteLabels(writer, output.Outputs);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteBert(Utf8JsonWriter writer, ModelDescription description)
    {
        EncoderPart encoder = description.Encoder;
        LayerPart layer = encoder.Layers[0];
        WriteSizes(writer, encoder, "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size");
        writer.WriteNumber("max_position_embeddings", encoder.Embeddings.Positions!.Dims[^2]);
        writer.WriteNumber("type_vocab_size", description.TokenTypes);
        writer.WriteNumber("layer_norm_eps", description.Epsilon);
        writer.WriteString("hidden_act", Activations.Name(layer.Activation));
        writer.WriteNumber("pad_token_id", Math.Max(encoder.Embeddings.PositionOffset - 1, 0));
        if (description.ModelType is "electra" or "albert")
            writer.WriteNumber("embedding_size", encoder.Embeddings.Tokens.Dims[1]);
        if (description.ModelType == "albert")
        {
            writer.WriteNumber("num_hidden_groups", description.DistinctLayers);
            writer.WriteNumber("inner_group_num", 1);
        }
    }

    private static void WriteDistilBert(Utf8JsonWriter writer, ModelDescription description)
    {
        EncoderPart encoder = description.Encoder;
        LayerPart layer = encoder.Layers[0];
        WriteSizes(writer, encoder, "dim", "n_layers", "n_heads", "hidden_dim");
        writer.WriteNumber("max_position_embeddings", encoder.Embeddings.Positions!.Dims[^2]);
        writer.WriteString("activation", Activations.Name(layer.Activation));
        writer.WriteNumber("pad_token_id", 0);
    }

    private static void WriteModernBert(Utf8JsonWriter writer, ModelDescription description)
    {
        EncoderPart encoder = description.Encoder;
        LayerPart layer = encoder.Layers[0];
        WriteSizes(writer, encoder, "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size");
        writer.WriteNumber("norm_eps", description.Epsilon);
        writer.WriteBoolean("norm_bias", description.HasNormBias);
        writer.WriteBoolean("attention_bias", description.HasAttentionBias);
        writer.WriteBoolean("mlp_bias", description.HasFeedForwardBias);
        writer.WriteBoolean("classifier_bias", description.HasHeadBias);
        writer.WriteBoolean("decoder_bias", description.HasDecoderBias);
        writer.WriteString("hidden_activation", Activations.Name(layer.Activation));
        if (description.Head.Dense is not null)
            writer.WriteString("classifier_activation", Activations.Name(description.Head.Activation));
        writer.WriteNumber("pad_token_id", 0);
        writer.WriteStartArray("layer_types");
        foreach (LayerPart each in encoder.Layers)
            writer.WriteStringValue(each.Attention.Reach is null ? "full_attention" : "sliding_attention");
        writer.WriteEndArray();
        LayerPart? local = encoder.Layers.FirstOrDefault(each => each.Attention.Reach is not null);
        LayerPart? global = encoder.Layers.FirstOrDefault(each => each.Attention.Reach is null);
        if (local is not null)
            writer.WriteNumber("local_attention", Math.Max(2 * local.Attention.Reach!.Value, 1));
        if (local?.Attention.Theta is double localTheta)
            writer.WriteNumber("local_rope_theta", Rounded(localTheta));
        if (global?.Attention.Theta is double globalTheta)
            writer.WriteNumber("global_rope_theta", Rounded(globalTheta));
    }

    private static void WriteSizes(
        Utf8JsonWriter writer, EncoderPart encoder, string width, string layers, string heads, string feedForwardWidth)
    {
        writer.WriteNumber(width, encoder.Width);
        writer.WriteNumber(layers, encoder.Layers.Count);
        writer.WriteNumber(heads, encoder.Layers[0].Attention.Heads);
        writer.WriteNumber(feedForwardWidth, encoder.Layers[0].Intermediate.Outputs);
    }

    private static void WriteLabels(Utf8JsonWriter writer, int count)
    {
        writer.WriteStartObject("id2label");
        for (int i = 0; i < count; i++)
            writer.WriteString(i.ToString(CultureInfo.InvariantCulture), $"LABEL_{i}");
        writer.WriteEndObject();
        writer.WriteStartObject("label2id");
        for (int i = 0; i < count; i++)
            writer.WriteNumber($"LABEL_{i}", i);
        writer.WriteEndObject();
    }

    /// <summary>The base that was meant: it comes from sines of half or single precision, and has few digits in every published
    /// model.</summary>
    private static double Rounded(double theta)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(theta)) - 1), round = Math.Round(theta / unit) * unit;
        return Math.Abs(theta / round - 1) < 1e-3 ? Math.Round(round, 6) : theta;
    }
}
