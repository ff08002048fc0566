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

    private protected override TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head) =>
        new() { Dense = Prefix + "pooler.dense", Activation = Activation.Tanh, LastDropout = head.Dropout, Output = "classifier" };

    private protected override Activation ReadHeadActivation(ConfigurationJson configuration) =>
        ReadActivation(configuration, "hidden_act", "gelu");

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        HeadNames("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder",
            "cls.predictions.bias");
}
