namespace FindEntities;

/// <summary>A text and its entities.</summary>
internal sealed class NewsItem
{
    /// <summary>The text.</summary>
    public string Sentence { get; set; } = "";

    /// <summary>The type of each entity.</summary>
    public string[] Label { get; set; } = [];

    /// <summary>The start of each entity, in characters.</summary>
    public int[] LabelStart { get; set; } = [];

    /// <summary>The length of each entity, in characters.</summary>
    public int[] LabelLength { get; set; } = [];
}
