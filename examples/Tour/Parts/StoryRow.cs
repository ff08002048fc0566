namespace Tour.Parts;

/// <summary>A prompt and the text that was written after it.</summary>
internal sealed class StoryRow
{
    public string Prompt { get; set; } = "";

    public string Story { get; set; } = "";
}
