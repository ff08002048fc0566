namespace Tour.Parts;

/// <summary>A text with a gap, and the text that it became.</summary>
internal sealed class TemplateRow
{
    public string Template { get; set; } = "";

    public string Text { get; set; } = "";
}
