namespace Tour.Parts;

/// <summary>A prompt.</summary>
internal sealed class PromptRow
{
    public string Prompt { get; set; } = "";
}
