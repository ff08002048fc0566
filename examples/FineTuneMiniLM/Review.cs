namespace FineTuneMiniLM;

/// <summary>A text with its label.</summary>
internal sealed class Review
{
    public string Category { get; set; } = "";

    public string Sentence1 { get; set; } = "";
}
