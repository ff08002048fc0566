namespace Microsoft.ML.Diffusion;

/// <summary>A model of texts, or of pairs of texts, that an ONNX file computes, and the columns of its inputs and outputs.</summary>
public sealed class OnnxScoringOptions
{
    /// <summary>
    /// The model's configuration and tokenizer, such as <see cref="EncoderModel.FromDirectory"/> of the directory beside the ONNX file. Its
    /// weights are not read and may be missing.
    /// </summary>
    public EncoderModel Model { get; set; } = EncoderModel.Default;

    /// <summary>The column with the texts.</summary>
    public string Sentence1ColumnName { get; set; } = "Sentence1";

    /// <summary>The column with the second texts; null if the inputs are single texts.</summary>
    public string? Sentence2ColumnName { get; set; }

    /// <summary>The maximum number of tokens of a text or pair, special tokens included; a longer text is cut at the end. 0 for
    /// <see cref="EncoderModel.MaxLength"/>.</summary>
    public int MaxLength { get; set; }

    /// <summary>The column for the token ids, a vector of Int64 of variable size: the name of the ONNX model's input.</summary>
    public string InputIdsColumnName { get; set; } = "input_ids";

    /// <summary>The column for the mask, 1 for each token: the name of the ONNX model's input.</summary>
    public string AttentionMaskColumnName { get; set; } = "attention_mask";

    /// <summary>The column for the token types: the name of the ONNX model's input. The column may be left out if the model has none.
    /// </summary>
    public string TokenTypeIdsColumnName { get; set; } = "token_type_ids";

    /// <summary>The column with the logits: the name of the ONNX model's output.</summary>
    public string LogitsColumnName { get; set; } = "logits";

    /// <summary>The output column for the predicted label, or labels. A model that predicts a number has none.</summary>
    public string OutputColumnName { get; set; } = "PredictedLabel";

    /// <summary>The output column for the probabilities of the labels, or for the number.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>One of several labels is predicted if its probability is at least this, above 0 and below 1.</summary>
    public double Threshold { get; set; } = 0.5;
}
