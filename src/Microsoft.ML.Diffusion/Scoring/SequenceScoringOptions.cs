namespace Microsoft.ML.Diffusion;

/// <summary>The options of estimators that apply a fine-tuned model to texts or pairs of texts.</summary>
public abstract class SequenceScoringOptions : ScoringOptions
{
    private protected SequenceScoringOptions()
    {
    }

    /// <summary>The output column for the scores.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column with the texts.</summary>
    public string Sentence1ColumnName { get; set; } = "Sentence1";

    /// <summary>The column with the second texts; null if the inputs are single texts.</summary>
    public string? Sentence2ColumnName { get; set; }

    /// <summary>
    /// The maximum number of tokens of a text or pair, special tokens included; a longer text is cut at the end and counted in a warning. 0
    /// for <see cref="EncoderModel.MaxLength"/>.
    /// </summary>
    public int MaxLength { get; set; }
}
