using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>The options of a trainer for texts or pairs of texts: its columns and training settings.</summary>
public abstract class BertSequenceOptions : TrainerOptions
{
    private protected BertSequenceOptions()
    {
    }

    /// <summary>The column with the labels.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The output column for the scores.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column with the texts.</summary>
    public string Sentence1ColumnName { get; set; } = "Sentence1";

    /// <summary>The column with the second texts; null if the inputs are single texts.</summary>
    public string? Sentence2ColumnName { get; set; }

    /// <summary>
    /// The vector that represents a whole text. The mean of all tokens makes no assumption about the pretraining.
    /// <see cref="TextPooling.First"/> suits a checkpoint whose first token was pretrained to represent the text, as BERT's was by
    /// next-sentence prediction. Null takes the checkpoint's own setting.
    /// </summary>
    public TextPooling? Pooling { get; set; } = TextPooling.Mean;

    /// <summary>
    /// The maximum number of tokens of a text or pair, special tokens included; a longer text is cut at the end and counted in a warning. 0
    /// for the model's maximum.
    /// </summary>
    public int MaxLength { get; set; }
}
