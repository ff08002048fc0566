using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders.Families.Electra;

/// <summary>
/// ELECTRA: BERT with an optional separate width of token vectors. Of its two jointly trained models the generator has a masked-language
/// head; the discriminator, the one for fine-tuning, detects replaced tokens and cannot generate text.
/// </summary>
internal sealed class ElectraFamily : PostNormFamily
{
    public override string ModelType => "electra";

    public override string ClassPrefix => "Electra";

    public override string Prefix => "electra.";

    private protected override string Projection => Prefix + "embeddings_project";

    public override EncoderConfiguration Read(ConfigurationJson configuration)
    {
        EncoderConfiguration read = base.Read(configuration);
        int width = configuration.Int("embedding_size", 128, minimum: 1, maximum: 1 << 16);
        return width == read.HiddenSize ? read : read with { Embeddings = read.Embeddings with { Width = width } };
    }

    internal override void Write(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        base.Write(configuration, writer);
        writer.WriteNumber("embedding_size", configuration.Embeddings.Width ?? configuration.HiddenSize);
    }

    internal override string? ReasonNotToWrite(TensorSource tensors) => tensors.Contains("generator_predictions.dense.weight")
        ? null
        : "is an ELECTRA model without the generator's head (generator_predictions), such as a discriminator: it was trained to detect " +
            "replaced tokens, not to " +
          "predict masked ones, and cannot generate text. Use the generator that was trained with it (ElectraForMaskedLM, such as " +
              "electra-small-generator); this one can be fine-tuned.";

    /// <summary>The class for pretraining is the discriminator, which has none.</summary>
    internal override bool IsMaskedLanguageClass(string name) =>
        base.IsMaskedLanguageClass(name) && !name.EndsWith("ForPreTraining", StringComparison.Ordinal);

    internal override IEnumerable<TensorName> MaskedLanguageHeadNames() =>
        HeadNames("generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head", "generator_lm_head.bias");

    private protected override TaskHeadArchitecture SequenceHeadArchitecture(HeadConfiguration head) => new()
    {
        FirstDropout = head.Dropout,
        Dense = "classifier.dense",
        Activation = Activation.Gelu,
        LastDropout = head.Dropout,
        Output = "classifier.out_proj",
    };
}
