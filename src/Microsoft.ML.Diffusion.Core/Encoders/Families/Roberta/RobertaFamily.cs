using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.Roberta;

/// <summary>RoBERTa: positions that start after the padding id, one token type; its head always uses GELU.</summary>
internal sealed class RobertaFamily : PostNormFamily
{
    public override string ModelType => "roberta";

    public override string ClassPrefix => "Roberta";

    public override string Prefix => "roberta.";

    public override int PairSeparators => 2;

    private protected override (int TokenTypes, double NormEpsilon, int PadToken) Defaults => (1, 1e-5, 1);

    private protected override TaskHeadLayout SequenceHeadLayout(HeadConfiguration head) => new()
    {
        FirstDropout = head.Dropout,
        Dense = "classifier.dense",
        Activation = Activation.Tanh,
        LastDropout = head.Dropout,
        Output = "classifier.out_proj",
    };

    private protected override int PositionOffset(int padToken) => padToken + 1;

    private protected override Activation ReadHeadActivation(ConfigurationJson configuration) => Activation.Gelu;

    public override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
    [
        new("head.dense.weight", "lm_head.dense.weight"),
        new("head.dense.bias", "lm_head.dense.bias"),
        new("head.norm.weight", "lm_head.layer_norm.weight"),
        new("head.norm.bias", "lm_head.layer_norm.bias"),
        new("decoder.weight", "lm_head.decoder.weight"),
        new("decoder.bias", ["lm_head.bias"], "lm_head.decoder.bias"),
    ];
}
