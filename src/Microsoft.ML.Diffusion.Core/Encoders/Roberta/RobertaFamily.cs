using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>RoBERTa: BERT's layers, positions that start after the padding id, one token type, byte-level BPE.</summary>
internal sealed class RobertaFamily : EncoderFamily
{
    public override string ModelType => "roberta";

    public override string Architecture => "RobertaForMaskedLM";

    public override string Prefix => "roberta.";

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        int pad = configuration.Int("pad_token_id", 1, minimum: 0, maximum: 1 << 16);
        return PostNormConfiguration.Read(configuration, positionOffset: pad + 1, tokenTypes: 1, epsilon: 1e-5, padToken: 1, ReadHeads, ReadActivation);
    }

    public override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer) =>
        PostNormConfiguration.Write(configuration, writer, Name(configuration.Activation));

    public override IEnumerable<TensorName> Names(EncoderConfiguration configuration) =>
    [
        .. PostNormConfiguration.Names(Prefix, configuration.Layers),
        new("head.dense.weight", "lm_head.dense.weight"),
        new("head.dense.bias", "lm_head.dense.bias"),
        new("head.norm.weight", "lm_head.layer_norm.weight"),
        new("head.norm.bias", "lm_head.layer_norm.bias"),
        new("decoder.weight", "lm_head.decoder.weight"),
        new("decoder.bias", ["lm_head.bias"], "lm_head.decoder.bias"),
    ];
}
