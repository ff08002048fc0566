using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families;

/// <summary>What BERT and RoBERTa share: learned positions, token types, biases everywhere, normalisation last.</summary>
internal abstract class PostNormFamily : EncoderFamily
{
    private static readonly string[] s_weightAndBias = [".weight", ".bias"];

    /// <summary>What stands in a configuration that leaves it out.</summary>
    private protected abstract (int TokenTypes, double NormEpsilon, int PadToken) Defaults { get; }

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        configuration.String("position_embedding_type", "absolute", "absolute");
        int width = configuration.Int("hidden_size", minimum: 1, maximum: 1 << 16);
        int pad = configuration.Int("pad_token_id", Defaults.PadToken, minimum: 0, maximum: 1 << 24);
        int offset = PositionOffset(pad), positions = configuration.Int("max_position_embeddings", 512, minimum: 1, maximum: 1 << 20);
        if (positions <= offset)
            throw configuration.Error("max_position_embeddings", $"more than {offset}, the positions that come before the first");
        return new EncoderConfiguration
        {
            VocabularySize = configuration.Int("vocab_size", minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("num_hidden_layers", minimum: 1, maximum: 1024),
            Heads = ReadHeads(configuration, width, rotary: false),
            IntermediateSize = configuration.Int("intermediate_size", minimum: 1, maximum: 1 << 20),
            MaxLength = positions - offset,
            PositionOffset = offset,
            TokenTypes = configuration.Int("type_vocab_size", Defaults.TokenTypes, minimum: 1, maximum: 1 << 10),
            NormEpsilon = configuration.Double("layer_norm_eps", Defaults.NormEpsilon, minimum: 0, maximum: 1),
            Activation = ReadActivation(configuration, "hidden_act", "gelu"),
            HeadActivation = ReadHeadActivation(configuration),
            Dropout = configuration.Double("hidden_dropout_prob", 0.1, minimum: 0, maximum: 0.99),
            EmbeddingDropout = configuration.Double("hidden_dropout_prob", 0.1, minimum: 0, maximum: 0.99),
            AttentionDropout = configuration.Double("attention_probs_dropout_prob", 0.1, minimum: 0, maximum: 0.99),
            ClassifierDropout = ReadClassifierDropout(configuration, configuration.Double("hidden_dropout_prob", 0.1, minimum: 0, maximum: 0.99)),
            Pooling = ReadPooling(configuration),
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            TiedDecoder = configuration.Bool("tie_word_embeddings", true),
            PadToken = pad,
        };
    }

    public override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("hidden_size", configuration.HiddenSize);
        writer.WriteNumber("num_hidden_layers", configuration.Layers);
        writer.WriteNumber("num_attention_heads", configuration.Heads);
        writer.WriteNumber("intermediate_size", configuration.IntermediateSize);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength + configuration.PositionOffset);
        writer.WriteNumber("type_vocab_size", configuration.TokenTypes);
        writer.WriteNumber("layer_norm_eps", configuration.NormEpsilon);
        writer.WriteString("hidden_act", Name(configuration.Activation));
        writer.WriteNumber("hidden_dropout_prob", configuration.Dropout);
        writer.WriteNumber("attention_probs_dropout_prob", configuration.AttentionDropout);
        WriteClassifier(configuration, writer);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteBoolean("tie_word_embeddings", configuration.TiedDecoder);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    public override IEnumerable<TensorName> EncoderNames(EncoderConfiguration configuration)
    {
        string embeddings = Prefix + "embeddings.";
        yield return new("embeddings.tokens", embeddings + "word_embeddings.weight");
        yield return new("embeddings.positions", embeddings + "position_embeddings.weight");
        yield return new("embeddings.types", embeddings + "token_type_embeddings.weight");
        foreach (string end in s_weightAndBias)
            yield return new("embeddings.norm" + end, embeddings + "LayerNorm" + end);
        for (int i = 0; i < configuration.Layers; i++)
        {
            string ours = $"layers.{i}.", theirs = $"{Prefix}encoder.layer.{i}.", self = theirs + "attention.self.";
            foreach (string end in s_weightAndBias)
            {
                yield return new(ours + "attention.qkv" + end, [self + "query" + end, self + "key" + end, self + "value" + end]);
                yield return new(ours + "attention.output" + end, theirs + "attention.output.dense" + end);
                yield return new(ours + "attention.norm" + end, theirs + "attention.output.LayerNorm" + end);
                yield return new(ours + "intermediate" + end, theirs + "intermediate.dense" + end);
                yield return new(ours + "output" + end, theirs + "output.dense" + end);
                yield return new(ours + "norm" + end, theirs + "output.LayerNorm" + end);
            }
        }
    }

    /// <summary>The rows of the position table that come before a sequence's first position.</summary>
    private protected abstract int PositionOffset(int padToken);

    private protected abstract Compute.Activation ReadHeadActivation(ConfigurationJson configuration);

    internal override TaskHeadLayout HeadLayout(EncoderConfiguration configuration, TaskKind kind) => kind switch
    {
        TaskKind.SequenceClassification => SequenceHeadLayout,
        TaskKind.TokenClassification => new TaskHeadLayout { Output = "classifier" },
        _ => new TaskHeadLayout { Output = "qa_outputs", DropsLast = false },
    };

    private protected abstract TaskHeadLayout SequenceHeadLayout { get; }
}
