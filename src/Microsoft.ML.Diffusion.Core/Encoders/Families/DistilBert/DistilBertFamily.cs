using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.DistilBert;

/// <summary>
/// DistilBERT: BERT with fewer layers, no token types, its own names of properties and tensors, and no dropout after attention.
/// </summary>
internal sealed class DistilBertFamily : PostNormFamily
{
    public override string ModelType => "distilbert";

    public override string ClassPrefix => "DistilBert";

    public override string Prefix => "distilbert.";

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        int width = configuration.Int("dim", minimum: 1, maximum: 1 << 16);
        double dropout = configuration.Double("dropout", 0.1, minimum: 0, maximum: 0.99);
        Activation activation = ReadActivation(configuration, "activation", "gelu");
        return new EncoderConfiguration
        {
            VocabularySize = configuration.Int("vocab_size", minimum: 1, maximum: 1 << 24),
            HiddenSize = width,
            Layers = configuration.Int("n_layers", minimum: 1, maximum: 1024),
            MaxLength = configuration.Int("max_position_embeddings", 512, minimum: 1, maximum: 1 << 20),
            Embeddings = new EmbeddingConfiguration { Dropout = dropout },
            Attention = new AttentionConfiguration
            {
                Heads = ReadHeads(configuration, width, rotary: false, "n_heads", "dim"),
                Dropout = configuration.Double("attention_dropout", 0.1, minimum: 0, maximum: 0.99),
                OutputDropout = null,
            },
            FeedForward = new FeedForwardConfiguration
            {
                Width = configuration.Int("hidden_dim", minimum: 1, maximum: 1 << 20),
                Activation = activation,
                Dropout = dropout,
            },
            Head = new HeadConfiguration
            {
                Activation = activation,
                IsTied = configuration.Bool("tie_weights_", true) && configuration.Bool("tie_word_embeddings", true),
                Dropout = configuration.Double("seq_classif_dropout", 0.2, minimum: 0, maximum: 0.99),
                AnswerDropout = configuration.Double("qa_dropout", 0.1, minimum: 0, maximum: 0.99),
                Pooling = ReadPooling(configuration),
            },
            InitializerRange = configuration.Double("initializer_range", 0.02, minimum: 0, maximum: 10),
            PadToken = configuration.Int("pad_token_id", 0, minimum: 0, maximum: 1 << 24),
        };
    }

    internal override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("vocab_size", configuration.VocabularySize);
        writer.WriteNumber("dim", configuration.HiddenSize);
        writer.WriteNumber("n_layers", configuration.Layers);
        writer.WriteNumber("n_heads", configuration.Attention.Heads);
        writer.WriteNumber("hidden_dim", configuration.FeedForward.Width);
        writer.WriteNumber("max_position_embeddings", configuration.MaxLength);
        writer.WriteBoolean("sinusoidal_pos_embds", false);
        writer.WriteString("activation", Name(configuration.FeedForward.Activation));
        writer.WriteNumber("dropout", configuration.Embeddings.Dropout);
        writer.WriteNumber("attention_dropout", configuration.Attention.Dropout);
        writer.WriteNumber("seq_classif_dropout", configuration.Head.Dropout);
        writer.WriteNumber("qa_dropout", configuration.Head.AnswerDropout ?? 0);
        WritePooling(configuration, writer);
        writer.WriteNumber("initializer_range", configuration.InitializerRange);
        writer.WriteBoolean("tie_weights_", configuration.Head.IsTied);
        writer.WriteBoolean("tie_word_embeddings", configuration.Head.IsTied);
        writer.WriteNumber("pad_token_id", configuration.PadToken);
    }

    private protected override PostNormNames LayerNames(int layer)
    {
        string name = $"{Prefix}transformer.layer.{layer}.", attention = name + "attention.";
        return new(
            attention + "q_lin", attention + "k_lin", attention + "v_lin", attention + "out_lin", name + "sa_layer_norm",
            name + "ffn.lin1", name + "ffn.lin2", name + "output_layer_norm");
    }

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        HeadNames("vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias");

    internal override TaskHeadArchitecture HeadArchitecture(EncoderConfiguration configuration, TaskKind kind) => kind switch
    {
        TaskKind.TokenClassification => new() { Output = "classifier", LastDropout = configuration.Embeddings.Dropout },
        TaskKind.QuestionAnswering => new() { Output = "qa_outputs", LastDropout = configuration.Head.AnswerDropout ?? 0 },
        _ => base.HeadArchitecture(configuration, kind),
    };

    private protected override TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head) =>
        new() { Dense = "pre_classifier", Activation = Activation.Relu, LastDropout = head.Dropout, Output = "classifier" };
}
