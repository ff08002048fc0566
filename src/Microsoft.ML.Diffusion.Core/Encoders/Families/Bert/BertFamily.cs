using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.Bert;

/// <summary>BERT: positions from 0, two token types; its head uses the encoder's activation.</summary>
internal sealed class BertFamily : PostNormFamily
{
    public override string ModelType => "bert";

    public override string ClassPrefix => "Bert";

    public override string Prefix => "bert.";

    private protected override (int TokenTypes, double NormEpsilon, int PadToken) Defaults => (2, 1e-12, 0);

    private protected override TaskHeadLayout SequenceHeadLayout(HeadConfiguration head) =>
        new() { Dense = Prefix + "pooler.dense", Activation = Activation.Tanh, LastDropout = head.Dropout, Output = "classifier" };

    private protected override int PositionOffset(int padToken) => 0;

    private protected override Activation ReadHeadActivation(ConfigurationJson configuration) => ReadActivation(configuration, "hidden_act", "gelu");

    public override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
    [
        new("head.dense.weight", "cls.predictions.transform.dense.weight"),
        new("head.dense.bias", "cls.predictions.transform.dense.bias"),
        new("head.norm.weight", "cls.predictions.transform.LayerNorm.weight"),
        new("head.norm.bias", "cls.predictions.transform.LayerNorm.bias"),
        new("decoder.weight", "cls.predictions.decoder.weight"),
        new("decoder.bias", ["cls.predictions.bias"], "cls.predictions.decoder.bias"),
    ];
}
