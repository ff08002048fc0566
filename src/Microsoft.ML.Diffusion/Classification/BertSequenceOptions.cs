using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>The columns of a trainer of texts, or pairs of texts, and how it trains.</summary>
public abstract class BertSequenceOptions : TrainerOptions
{
    private protected BertSequenceOptions()
    {
    }

    /// <summary>The column with the labels.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column that scores are written to.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column with the texts.</summary>
    public string Sentence1ColumnName { get; set; } = "Sentence1";

    /// <summary>The column with the second texts; null where texts are not pairs.</summary>
    public string? Sentence2ColumnName { get; set; }

    /// <summary>
    /// What stands for a whole text. The mean of all tokens asks nothing of the pretraining;
    /// <see cref="TextPooling.First"/> suits a checkpoint whose first token has learned to stand for the text, as BERT's
    /// by next-sentence prediction. Null for what the checkpoint says.
    /// </summary>
    public TextPooling? Pooling { get; set; } = TextPooling.Mean;

    /// <summary>The most tokens of a text, or pair, with its special tokens; what is longer is cut at the end, and counted. 0 for the model's most.</summary>
    public int MaxLength { get; set; }
}
