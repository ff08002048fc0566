namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>
/// Hugging Face's names for the tensors of a family that normalizes after its sublayers. ModernBERT's, which fuses layers, are in
/// <see cref="ModernBertTensors"/>.
/// </summary>
internal sealed record FamilyNames
{
    public required string Prefix { get; init; }

    public string? Projection { get; init; }

    /// <summary>The names of a layer, in which {0} is its number.</summary>
    public required string[] Layer { get; init; }

    public string? Pooler { get; init; }

    /// <summary>The masked-language head: linear layer, normalization, decoder, and the decoder's bias.</summary>
    public required string[] MaskedLanguage { get; init; }

    /// <summary>The head for sequences: the first layer, and the last.</summary>
    public required string[] Sequence { get; init; }

    /// <summary>The names of a family.</summary>
    /// <param name="modelType">Its model_type.</param>
    public static FamilyNames Of(string modelType) => modelType switch
    {
        "distilbert" => new FamilyNames
        {
            Prefix = "distilbert.",
            Layer =
            [
                .. Layers("distilbert.transformer.layer.{0}.", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
                    "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
            ],
            MaskedLanguage = ["vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias"],
            Sequence = ["pre_classifier", "classifier"],
        },
        "albert" => new FamilyNames
        {
            Prefix = "albert.",
            Projection = "albert.encoder.embedding_hidden_mapping_in",
            Layer =
            [
                .. Layers("albert.encoder.albert_layer_groups.{0}.albert_layers.0.", "attention.query", "attention.key", "attention.value",
                    "attention.dense", "attention.LayerNorm", "ffn", "ffn_output", "full_layer_layer_norm"),
            ],
            Pooler = "albert.pooler",
            MaskedLanguage = ["predictions.dense", "predictions.LayerNorm", "predictions.decoder", "predictions.bias"],
            Sequence = ["albert.pooler", "classifier"],
        },
        "roberta" => Bert("roberta.") with
        {
            MaskedLanguage = ["lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias"],
            Sequence = ["classifier.dense", "classifier.out_proj"],
        },
        "electra" => Bert("electra.") with
        {
            Projection = "electra.embeddings_project",
            Pooler = null,
            MaskedLanguage =
                ["generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head", "generator_lm_head.bias"],
            Sequence = ["classifier.dense", "classifier.out_proj"],
        },
        _ => Bert("bert."),
    };

    private static FamilyNames Bert(string prefix) => new()
    {
        Prefix = prefix,
        Layer =
        [
            .. Layers(prefix + "encoder.layer.{0}.", "attention.self.query", "attention.self.key", "attention.self.value",
                "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
        ],
        Pooler = prefix + "pooler.dense",
        MaskedLanguage =
        [
            "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder", "cls.predictions.bias",
        ],
        Sequence = [prefix + "pooler.dense", "classifier"],
    };

    private static IEnumerable<string> Layers(string prefix, params string[] names) => names.Select(name => prefix + name);
}
