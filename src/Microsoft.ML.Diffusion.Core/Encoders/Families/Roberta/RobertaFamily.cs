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

    private protected override (int TokenTypes, double NormEpsilon, int PadToken, string Activation, double Dropout) Defaults =>
        (1, 1e-5, 1, "gelu", 0.1);

    private protected override TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head) => new()
    {
        FirstDropout = head.Dropout,
        Dense = "classifier.dense",
        Activation = Activation.Tanh,
        LastDropout = head.Dropout,
        Output = "classifier.out_proj",
    };

    private protected override int PositionOffset(int padToken) => padToken + 1;

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        HeadNames("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias");
}
