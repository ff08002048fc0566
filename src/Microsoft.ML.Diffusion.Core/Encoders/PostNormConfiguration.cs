using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The part of <c>config.json</c> and of the tensor names that BERT and RoBERTa share.</summary>
internal static class PostNormConfiguration
{
    public static EncoderConfiguration Read(
        ConfigurationJson configuration, int positionOffset, int tokenTypes, double epsilon, int padToken,
        Func<ConfigurationJson, int, bool, int> readHeads, Func<ConfigurationJson, string, string, Activation> readActivation)
    {
        configuration.String("position_embedding_type", "absolute", "absolute");
        int width = configuration.Int("hidden_size", minimum: 1, maximum: 1 << 16);
        int positions = configuration.Int("max_position_embeddings", 512, minimum: 1, maximum: 1 << 20);
        if (positions <= positionOffset)
            throw configuration.Error("max_position_embeddings", $"more than {positionOffset}, the position that comes before the first");
        return new EncoderConfiguration
        {
            VocabularySize = configuration.Int("vocab_size", minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("num_hidden_layers", minimum: 1, maximum: 1024),
            Heads = readHeads(configuration, width, false),
            IntermediateSize = configuration.Int("intermediate_size", minimum: 1, maximum: 1 << 20),
            MaxLength = positions - positionOffset,
            PositionOffset = positionOffset,
            TokenTypes = configuration.Int("type_vocab_size", tokenTypes, minimum: 1, maximum: 1 << 10),
            NormEpsilon = configuration.Double("layer_norm_eps", epsilon, minimum: 0, maximum: 1),
            Activation = readActivation(configuration, "hidden_act", "gelu"),
            Dropout = configuration.Double("hidden_dropout_prob", 0.1, minimum: 0, maximum: 0.99),
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            TiedDecoder = configuration.Bool("tie_word_embeddings", true),
            PadToken = configuration.Int("pad_token_id", padToken, minimum: 0, maximum: 1 << 24),
        };
    }

    public static void Write(EncoderConfiguration configuration, Utf8JsonWriter writer, string activation)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("hidden_size", configuration.HiddenSize);
        writer.WriteNumber("num_hidden_layers", configuration.Layers);
        writer.WriteNumber("num_attention_heads", configuration.Heads);
        writer.WriteNumber("intermediate_size", configuration.IntermediateSize);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength + configuration.PositionOffset);
        writer.WriteNumber("type_vocab_size", configuration.TokenTypes);
        writer.WriteNumber("layer_norm_eps", configuration.NormEpsilon);
        writer.WriteString("hidden_act", activation);
        writer.WriteNumber("hidden_dropout_prob", configuration.Dropout);
        writer.WriteNumber("attention_probs_dropout_prob", configuration.Dropout);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteBoolean("tie_word_embeddings", configuration.TiedDecoder);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    public static IEnumerable<TensorName> Names(string prefix, int layers)
    {
        string embeddings = prefix + "embeddings.";
        yield return new("embeddings.tokens", embeddings + "word_embeddings.weight");
        yield return new("embeddings.positions", embeddings + "position_embeddings.weight");
        yield return new("embeddings.types", embeddings + "token_type_embeddings.weight");
        foreach (string end in new[] { ".weight", ".bias" })
            yield return new("embeddings.norm" + end, embeddings + "LayerNorm" + end);
        for (int i = 0; i < layers; i++)
        {
            string ours = $"layers.{i}.", theirs = $"{prefix}encoder.layer.{i}.";
            foreach (string end in new[] { ".weight", ".bias" })
            {
                string self = theirs + "attention.self.";
                yield return new(ours + "attention.qkv" + end, [self + "query" + end, self + "key" + end, self + "value" + end]);
                yield return new(ours + "attention.output" + end, theirs + "attention.output.dense" + end);
                yield return new(ours + "attention.norm" + end, theirs + "attention.output.LayerNorm" + end);
                yield return new(ours + "intermediate" + end, theirs + "intermediate.dense" + end);
                yield return new(ours + "output" + end, theirs + "output.dense" + end);
                yield return new(ours + "norm" + end, theirs + "output.LayerNorm" + end);
            }
        }
    }
}
