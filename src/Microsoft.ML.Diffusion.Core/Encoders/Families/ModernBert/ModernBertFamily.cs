using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders.Families.ModernBert;

/// <summary>ModernBERT: rotary positions, pre-normalization, gated feed-forward, windows in most layers, few biases.</summary>
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
            VocabularySize = configuration.Int("vocab_size", 50368, minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("num_hidden_layers", 22, minimum: 1, maximum: 1024),
            MaxLength = configuration.Int("max_position_embeddings", 8192, minimum: 1, maximum: 1 << 20),
            Embeddings = new EmbeddingConfiguration { Dropout = configuration.Double("embedding_dropout", 0, minimum: 0, maximum: 0.99) },
            Attention = new AttentionConfiguration
            {
                Heads = ReadHeads(configuration, width, rotary: true),
                HasBias = configuration.Bool("attention_bias", false),
                Dropout = configuration.Double("attention_dropout", 0, minimum: 0, maximum: 0.99),
                OutputDropout = configuration.Double("mlp_dropout", 0, minimum: 0, maximum: 0.99),
                GlobalLayerInterval = configuration.Int("global_attn_every_n_layers", 3, minimum: 1, maximum: 1024),
                LocalWindow = configuration.Int("local_attention", 128, minimum: 1, maximum: 1 << 20),
                GlobalTheta = configuration.Double("global_rope_theta", 160000, minimum: 1, maximum: 1e12),
                LocalTheta = configuration.Double("local_rope_theta", 10000, minimum: 1, maximum: 1e12),
            },
            FeedForward = new FeedForwardConfiguration
            {
                Width = configuration.Int("intermediate_size", 1152, minimum: 1, maximum: 1 << 20),
                HasBias = configuration.Bool("mlp_bias", false),
                Activation = ReadActivation(configuration, "hidden_activation", "gelu"),
                Dropout = configuration.Double("mlp_dropout", 0, minimum: 0, maximum: 0.99),
            },
            Norm = new NormConfiguration
            {
                Epsilon = configuration.Double("norm_eps", 1e-5, minimum: 0, maximum: 1),
                HasBias = configuration.Bool("norm_bias", false),
            },
            Head = new HeadConfiguration
            {
                Activation = ReadActivation(configuration, "classifier_activation", "gelu"),
                HasBias = configuration.Bool("classifier_bias", false),
                HasDecoderBias = configuration.Bool("decoder_bias", true),
                IsTied = configuration.Bool("tie_word_embeddings", true),
                Dropout = ReadClassifierDropout(configuration, 0),
                Pooling = ReadPooling(configuration),
            },
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            PadToken = configuration.Int("pad_token_id", 50283, minimum: 0, maximum: 1 << 24),
        };
    }

    internal override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("hidden_size", configuration.HiddenSize);
        writer.WriteNumber("num_hidden_layers", configuration.Layers);
        writer.WriteNumber("num_attention_heads", configuration.Attention.Heads);
        writer.WriteNumber("intermediate_size", configuration.FeedForward.Width);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength);
        writer.WriteNumber("norm_eps", configuration.Norm.Epsilon);
        writer.WriteBoolean("norm_bias", configuration.Norm.HasBias);
        writer.WriteBoolean("attention_bias", configuration.Attention.HasBias);
        writer.WriteBoolean("mlp_bias", configuration.FeedForward.HasBias);
        writer.WriteBoolean("classifier_bias", configuration.Head.HasBias);
        writer.WriteBoolean("decoder_bias", configuration.Head.HasDecoderBias);
        writer.WriteBoolean("tie_word_embeddings", configuration.Head.IsTied);
        writer.WriteString("hidden_activation", Name(configuration.FeedForward.Activation));
        writer.WriteString("classifier_activation", Name(configuration.Head.Activation));
        WriteClassifier(configuration, writer);
        writer.WriteNumber("global_attn_every_n_layers", configuration.Attention.GlobalLayerInterval);
        writer.WriteNumber("local_attention", configuration.Attention.LocalWindow);
        writer.WriteNumber("global_rope_theta", configuration.Attention.GlobalTheta);
        writer.WriteNumber("local_rope_theta", configuration.Attention.LocalTheta);
        writer.WriteNumber("attention_dropout", configuration.Attention.Dropout);
        writer.WriteNumber("embedding_dropout", configuration.Embeddings.Dropout);
        writer.WriteNumber("mlp_dropout", configuration.FeedForward.Dropout ?? 0);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    internal override Encoder Build(EncoderConfiguration configuration, ParameterSet parameters) => new(
        configuration,
        new Embeddings(parameters, configuration, learnsPositions: false),
        [.. Enumerable.Range(0, configuration.Layers)
            .Select(i => new PreNormBlock(ParameterScope.OfLayer(parameters, i), i, configuration))],
        new NormLayer(new ParameterScope(parameters, ModelPart.FinalNorm), "norm", configuration.HiddenSize, configuration.Norm));

    internal override IEnumerable<TensorName> EncoderNames(EncoderConfiguration configuration)
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

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        [.. WithBias("head.dense", "head.dense"), .. WithBias("head.norm", "head.norm"), .. WithBias("decoder", "decoder")];

    internal override TaskHeadArchitecture HeadArchitecture(EncoderConfiguration configuration, TaskKind kind) => new()
    {
        Dense = "head.dense",
        DenseBias = configuration.Head.HasBias,
        Activation = configuration.Head.Activation,
        Norm = "head.norm",
        LastDropout = configuration.Head.Dropout,
        Output = "classifier",
    };

    private static IEnumerable<TensorName> WithBias(string ours, string theirs) =>
        [new(ours + ".weight", theirs + ".weight"), new(ours + ".bias", theirs + ".bias")];
}
