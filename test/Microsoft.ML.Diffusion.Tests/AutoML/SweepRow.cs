namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A prompt and what followed it, for sweeps with the tiny model.</summary>
internal sealed class SweepRow
{
    public string Prompt { get; set; } = "";

    public string Text { get; set; } = "";

    public static SweepRow[] Make(int count) => [.. Enumerable.Range(0, count).Select(i => new SweepRow
    {
        Prompt = i % 2 == 0 ? "the cat" : "the dog",
        Text = i % 3 == 0 ? " sat on the mat, and the dog sat" : " and the cat sat on the mat on the",
    })];
}
