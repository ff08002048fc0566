using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.Albert;

/// <summary>ALBERT: narrow token vectors with a projection, and one layer, or a few, that are run many times.</summary>
internal sealed class AlbertFamily : PostNormFamily
{
    public override string ModelType => "albert";

    public override string ClassPrefix => "Albert";

    public override string Prefix => "albert.";

    private protected override (int TokenTypes, double NormEpsilon, int PadToken, string Activation, double Dropout) Defaults =>
        (2, 1e-12, 0, "gelu_new", 0);

    private protected override string Projection => Prefix + "encoder.embedding_hidden_mapping_in";

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        EncoderConfiguration read = base.Read(configuration);
        if (configuration.Int("inner_group_num", 1, minimum: 1, maximum: 1024) != 1)
            throw configuration.Error("inner_group_num", "1, as in all published models; greater values are not supported");
        int groups = configuration.Int("num_hidden_groups", 1, minimum: 1, maximum: 1024);
        if (groups > read.Layers)
            throw configuration.Error("num_hidden_groups", $"at most num_hidden_layers, which is {read.Layers}");
        return read with
        {
            DistinctLayers = groups,
            Embeddings = read.Embeddings with { Width = configuration.Int("embedding_size", 128, minimum: 1, maximum: 1 << 16) },
            FeedForward = read.FeedForward with { Dropout = null },
            Head = read.Head with { Dropout = ReadClassifierDropout(configuration, 0.1, "classifier_dropout_prob") },
        };
    }

    internal override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        base.Write(configuration, writer);
        writer.WriteNumber("embedding_size", configuration.Embeddings.Width ?? configuration.HiddenSize);
        writer.WriteNumber("num_hidden_groups", configuration.StoredLayers);
        writer.WriteNumber("inner_group_num", 1);
        writer.WriteNumber("classifier_dropout_prob", configuration.Head.Dropout);
    }

    private protected override PostNormNames LayerNames(int layer)
    {
        string name = $"{Prefix}encoder.albert_layer_groups.{layer}.albert_layers.0.", attention = name + "attention.";
        return new(
            attention + "query", attention + "key", attention + "value", attention + "dense", attention + "LayerNorm",
            name + "ffn", name + "ffn_output", name + "full_layer_layer_norm");
    }

    private protected override Activation ReadHeadActivation(ConfigurationJson configuration) =>
        ReadActivation(configuration, "hidden_act", Defaults.Activation);

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        HeadNames("predictions.dense", "predictions.LayerNorm", "predictions.decoder", "predictions.bias");

    private protected override TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head) =>
        new() { Dense = Prefix + "pooler", Activation = Activation.Tanh, LastDropout = head.Dropout, Output = "classifier" };
}
