using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>BERT: learned positions from 0, two token types, biases everywhere, normalisation last.</summary>
internal sealed class BertFamily : EncoderFamily
{
    public override string ModelType => "bert";

    public override string Architecture => "BertForMaskedLM";

    public override string Prefix => "bert.";

    public override EncoderConfiguration Read(ConfigurationJson configuration) => PostNormConfiguration.Read(
        configuration, positionOffset: 0, tokenTypes: 2, epsilon: 1e-12, padToken: 0, ReadHeads, ReadActivation) with
    {
        HeadActivation = ReadActivation(configuration, "hidden_act", "gelu"),
    };

    public override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer) =>
        PostNormConfiguration.Write(configuration, writer, Name(configuration.Activation));

    public override IEnumerable<TensorName> Names(EncoderConfiguration configuration) =>
    [
        .. PostNormConfiguration.Names(Prefix, configuration.Layers),
        new("head.dense.weight", "cls.predictions.transform.dense.weight"),
        new("head.dense.bias", "cls.predictions.transform.dense.bias"),
        new("head.norm.weight", "cls.predictions.transform.LayerNorm.weight"),
        new("head.norm.bias", "cls.predictions.transform.LayerNorm.bias"),
        new("decoder.weight", "cls.predictions.decoder.weight"),
        new("decoder.bias", ["cls.predictions.bias"], "cls.predictions.decoder.bias"),
    ];
}
