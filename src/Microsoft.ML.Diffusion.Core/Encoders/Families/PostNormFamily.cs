using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders.Families;

/// <summary>The common part of BERT and its nearest relatives: learned positions, biases everywhere, post-normalization.</summary>
internal abstract class PostNormFamily : EncoderFamily
{
    private static readonly string[] s_weightAndBias = [".weight", ".bias"];

    /// <summary>The defaults of missing properties.</summary>
    private protected virtual (int TokenTypes, double NormEpsilon, int PadToken, string Activation, double Dropout) Defaults =>
        (2, 1e-12, 0, "gelu", 0.1);

    /// <summary>The checkpoint's name of the layer that projects token vectors to the hidden size.</summary>
    private protected virtual string Projection => throw new NotSupportedException($"{ClassPrefix} has no projection of its embeddings.");

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        configuration.String("position_embedding_type", "absolute", "absolute");
        int width = configuration.Int("hidden_size", minimum: 1, maximum: 1 << 16);
        int pad = configuration.Int("pad_token_id", Defaults.PadToken, minimum: 0, maximum: 1 << 24);
        int offset = PositionOffset(pad), positions = configuration.Int("max_position_embeddings", 512, minimum: 1, maximum: 1 << 20);
        if (positions <= offset)
            throw configuration.Error("max_position_embeddings", $"more than {offset}, the number of positions before the first one");
        double dropout = configuration.Double("hidden_dropout_prob", Defaults.Dropout, minimum: 0, maximum: 0.99);
        return new EncoderConfiguration
        {
            VocabularySize = configuration.Int("vocab_size", minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("num_hidden_layers", minimum: 1, maximum: 1024),
            MaxLength = positions - offset,
            Embeddings = new EmbeddingConfiguration
            {
                TokenTypes = configuration.Int("type_vocab_size", Defaults.TokenTypes, minimum: 1, maximum: 1 << 10),
                PositionOffset = offset,
                Dropout = dropout,
            },
            Attention = new AttentionConfiguration
            {
                Heads = ReadHeads(configuration, width, rotary: false),
                Dropout = configuration.Double("attention_probs_dropout_prob", Defaults.Dropout, minimum: 0, maximum: 0.99),
                OutputDropout = dropout,
            },
            FeedForward = new FeedForwardConfiguration
            {
                Width = configuration.Int("intermediate_size", minimum: 1, maximum: 1 << 20),
                Activation = ReadActivation(configuration, "hidden_act", Defaults.Activation),
                Dropout = dropout,
            },
            Norm = new NormConfiguration { Epsilon = configuration.Double("layer_norm_eps", Defaults.NormEpsilon, minimum: 0, maximum: 1) },
            Head = new HeadConfiguration
            {
                Activation = ReadHeadActivation(configuration),
                IsTied = configuration.Bool("tie_word_embeddings", true),
                Dropout = ReadClassifierDropout(configuration, dropout),
                Pooling = ReadPooling(configuration),
            },
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            PadToken = pad,
        };
    }

    internal override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("hidden_size", configuration.HiddenSize);
        writer.WriteNumber("num_hidden_layers", configuration.Layers);
        writer.WriteNumber("num_attention_heads", configuration.Attention.Heads);
        writer.WriteNumber("intermediate_size", configuration.FeedForward.Width);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength + configuration.Embeddings.PositionOffset);
        writer.WriteNumber("type_vocab_size", configuration.Embeddings.TokenTypes);
        writer.WriteNumber("layer_norm_eps", configuration.Norm.Epsilon);
        writer.WriteString("hidden_act", Name(configuration.FeedForward.Activation));
        writer.WriteNumber("hidden_dropout_prob", configuration.Embeddings.Dropout);
        writer.WriteNumber("attention_probs_dropout_prob", configuration.Attention.Dropout);
        WriteClassifier(configuration, writer);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteBoolean("tie_word_embeddings", configuration.Head.IsTied);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    internal override Encoder Build(EncoderConfiguration configuration, ParameterSet parameters) => new(
        configuration,
        new Embeddings(parameters, configuration, learnsPositions: true),
        Layers(configuration, parameters));

    internal override IEnumerable<TensorName> EncoderNames(EncoderConfiguration configuration)
    {
        string embeddings = Prefix + "embeddings.";
        yield return new("embeddings.tokens", embeddings + "word_embeddings.weight");
        yield return new("embeddings.positions", embeddings + "position_embeddings.weight");
        yield return new("embeddings.types", embeddings + "token_type_embeddings.weight");
        yield return new("embeddings.norm.weight", embeddings + "LayerNorm.weight");
        yield return new("embeddings.norm.bias", embeddings + "LayerNorm.bias");
        foreach (string end in s_weightAndBias)
        {
            if (configuration.Embeddings.Width is not null)
                yield return new("embeddings.projection" + end, Projection + end);
            for (int i = 0; i < configuration.StoredLayers; i++)
            {
                string ours = $"layers.{i}.";
                PostNormNames theirs = LayerNames(i);
                yield return new(ours + "attention.qkv" + end, [theirs.Query + end, theirs.Key + end, theirs.Value + end]);
                yield return new(ours + "attention.output" + end, theirs.AttentionOutput + end);
                yield return new(ours + "attention.norm" + end, theirs.AttentionNorm + end);
                yield return new(ours + "intermediate" + end, theirs.Intermediate + end);
                yield return new(ours + "output" + end, theirs.Output + end);
                yield return new(ours + "norm" + end, theirs.Norm + end);
            }
        }
    }

    /// <summary>The names of a masked-language head whose bias is stored alone, or with the decoder.</summary>
    private protected static IEnumerable<TensorName> HeadNames(string dense, string norm, string decoder, string bias) =>
    [
        new("head.dense.weight", dense + ".weight"),
        new("head.dense.bias", dense + ".bias"),
        new("head.norm.weight", norm + ".weight"),
        new("head.norm.bias", norm + ".bias"),
        new("decoder.weight", decoder + ".weight"),
        new("decoder.bias", [bias], decoder + ".bias"),
    ];

    /// <summary>The layers in running order.</summary>
    private protected static ILayer[] Layers(EncoderConfiguration configuration, ParameterSet parameters)
    {
        int stored = configuration.StoredLayers;
        PostNormBlock[] blocks =
            [.. Enumerable.Range(0, stored).Select(i => new PostNormBlock(ParameterScope.OfLayer(parameters, i), configuration))];
        return [.. Enumerable.Range(0, configuration.Layers).Select(i => blocks[(long)i * stored / configuration.Layers])];
    }

    /// <summary>The checkpoint's names for the parts of a layer.</summary>
    private protected virtual PostNormNames LayerNames(int layer)
    {
        string name = $"{Prefix}encoder.layer.{layer}.", self = name + "attention.self.";
        return new(
            self + "query", self + "key", self + "value", name + "attention.output.dense", name + "attention.output.LayerNorm",
            name + "intermediate.dense", name + "output.dense", name + "output.LayerNorm");
    }

    /// <summary>The number of rows of the position table before a sequence's first position.</summary>
    private protected virtual int PositionOffset(int padToken) => 0;

    /// <summary>The activation of the masked-language head.</summary>
    private protected virtual Activation ReadHeadActivation(ConfigurationJson configuration) => Activation.Gelu;

    private protected abstract TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head);

    internal override TaskHeadArchitecture HeadArchitecture(EncoderConfiguration configuration, TaskKind kind) => kind switch
    {
        TaskKind.SequenceClassification => SequenceHeadArchitecture(configuration.Head),
        TaskKind.TokenClassification => new TaskHeadArchitecture { Output = "classifier", LastDropout = configuration.Head.Dropout },
        _ => new TaskHeadArchitecture { Output = "qa_outputs" },
    };
}
