namespace ClassifyText;

/// <summary>A question and what it asks for.</summary>
internal sealed class Question
{
    public string Category { get; set; } = "";

    public string Sentence1 { get; set; } = "";
}
