namespace FindEntities;

/// <summary>A text to find entities in.</summary>
internal sealed class NewsText
{
    /// <summary>The text.</summary>
    public string Sentence { get; set; } = "";
}
