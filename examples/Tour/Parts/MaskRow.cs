namespace Tour.Parts;

/// <summary>A text with a mask, and the candidates for it.</summary>
internal sealed class MaskRow
{
    public string Text { get; set; } = "";

    public string[] Candidates { get; set; } = [];

    public float[] Score { get; set; } = [];
}
