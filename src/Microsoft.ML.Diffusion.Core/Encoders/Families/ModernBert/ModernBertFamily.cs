using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.ModernBert;

/// <summary>ModernBERT: rotary positions, normalisation first, gated feed-forward, windows in most layers, few biases.</summary>
internal sealed class ModernBertFamily : EncoderFamily
{
    public override string ModelType => "modernbert";

    public override string ClassPrefix => "ModernBert";

    public override string Prefix => "model.";

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        int width = configuration.Int("hidden_size", 768, minimum: 1, maximum: 1 << 16);
        return new EncoderConfiguration
        {
            IsModern = true,
            VocabularySize = configuration.Int("vocab_size", 50368, minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("num_hidden_layers", 22, minimum: 1, maximum: 1024),
            Heads = ReadHeads(configuration, width, rotary: true),
            IntermediateSize = configuration.Int("intermediate_size", 1152, minimum: 1, maximum: 1 << 20),
            MaxLength = configuration.Int("max_position_embeddings", 8192, minimum: 1, maximum: 1 << 20),
            NormEpsilon = configuration.Double("norm_eps", 1e-5, minimum: 0, maximum: 1),
            NormBias = configuration.Bool("norm_bias", false),
            AttentionBias = configuration.Bool("attention_bias", false),
            FeedForwardBias = configuration.Bool("mlp_bias", false),
            HeadBias = configuration.Bool("classifier_bias", false),
            DecoderBias = configuration.Bool("decoder_bias", true),
            TiedDecoder = configuration.Bool("tie_word_embeddings", true),
            Activation = ReadActivation(configuration, "hidden_activation", "gelu"),
            HeadActivation = ReadActivation(configuration, "classifier_activation", "gelu"),
            GlobalLayerInterval = configuration.Int("global_attn_every_n_layers", 3, minimum: 1, maximum: 1024),
            LocalWindow = configuration.Int("local_attention", 128, minimum: 1, maximum: 1 << 20),
            GlobalTheta = configuration.Double("global_rope_theta", 160000, minimum: 1, maximum: 1e12),
            LocalTheta = configuration.Double("local_rope_theta", 10000, minimum: 1, maximum: 1e12),
            Dropout = configuration.Double("mlp_dropout", 0, minimum: 0, maximum: 0.99),
            EmbeddingDropout = configuration.Double("embedding_dropout", 0, minimum: 0, maximum: 0.99),
            AttentionDropout = configuration.Double("attention_dropout", 0, minimum: 0, maximum: 0.99),
            ClassifierDropout = ReadClassifierDropout(configuration, 0),
            Pooling = ReadPooling(configuration),
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            PadToken = configuration.Int("pad_token_id", 50283, minimum: 0, maximum: 1 << 24),
        };
    }

    public override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("hidden_size", configuration.HiddenSize);
        writer.WriteNumber("num_hidden_layers", configuration.Layers);
        writer.WriteNumber("num_attention_heads", configuration.Heads);
        writer.WriteNumber("intermediate_size", configuration.IntermediateSize);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength);
        writer.WriteNumber("norm_eps", configuration.NormEpsilon);
        writer.WriteBoolean("norm_bias", configuration.NormBias);
        writer.WriteBoolean("attention_bias", configuration.AttentionBias);
        writer.WriteBoolean("mlp_bias", configuration.FeedForwardBias);
        writer.WriteBoolean("classifier_bias", configuration.HeadBias);
        writer.WriteBoolean("decoder_bias", configuration.DecoderBias);
        writer.WriteBoolean("tie_word_embeddings", configuration.TiedDecoder);
        writer.WriteString("hidden_activation", Name(configuration.Activation));
        writer.WriteString("classifier_activation", Name(configuration.HeadActivation));
        WriteClassifier(configuration, writer);
        writer.WriteNumber("global_attn_every_n_layers", configuration.GlobalLayerInterval);
        writer.WriteNumber("local_attention", configuration.LocalWindow);
        writer.WriteNumber("global_rope_theta", configuration.GlobalTheta);
        writer.WriteNumber("local_rope_theta", configuration.LocalTheta);
        writer.WriteNumber("attention_dropout", configuration.AttentionDropout);
        writer.WriteNumber("embedding_dropout", configuration.EmbeddingDropout);
        writer.WriteNumber("mlp_dropout", configuration.Dropout);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    public override IEnumerable<TensorName> EncoderNames(EncoderConfiguration configuration)
    {
        yield return new("embeddings.tokens", "model.embeddings.tok_embeddings.weight");
        foreach (TensorName name in WithBias("embeddings.norm", "model.embeddings.norm"))
            yield return name;
        for (int i = 0; i < configuration.Layers; i++)
        {
            string ours = $"layers.{i}.", theirs = $"model.layers.{i}.";
            IEnumerable<TensorName> layer =
            [
                .. i == 0 ? [] : WithBias(ours + "attention.norm", theirs + "attn_norm"),
                .. WithBias(ours + "attention.qkv", theirs + "attn.Wqkv"),
                .. WithBias(ours + "attention.output", theirs + "attn.Wo"),
                .. WithBias(ours + "norm", theirs + "mlp_norm"),
                .. WithBias(ours + "intermediate", theirs + "mlp.Wi"),
                .. WithBias(ours + "output", theirs + "mlp.Wo"),
            ];
            foreach (TensorName name in layer)
                yield return name;
        }
        foreach (TensorName name in WithBias("norm", "model.final_norm"))
            yield return name;
    }

    public override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        [.. WithBias("head.dense", "head.dense"), .. WithBias("head.norm", "head.norm"), .. WithBias("decoder", "decoder")];

    internal override TaskHeadLayout HeadLayout(EncoderConfiguration configuration, TaskKind kind) => new()
    {
        Dense = "head.dense",
        DenseBias = configuration.HeadBias,
        Activation = configuration.HeadActivation,
        Norm = "head.norm",
        Output = "classifier",
    };

    private static IEnumerable<TensorName> WithBias(string ours, string theirs) =>
        [new(ours + ".weight", theirs + ".weight"), new(ours + ".bias", theirs + ".bias")];
}
