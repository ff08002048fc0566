using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A row of everything that a pipeline around an ONNX model reads.</summary>
internal sealed class ScoringRow
{
    private static readonly string[] s_places = ["London", "Paris", "Rome"];

    public string Text { get; set; } = "";

    public string Other { get; set; } = "";

    public int Category { get; set; }

    public float Number { get; set; }

    public string[] Tags { get; set; } = [];

    [VectorType(3)]
    public bool[] Flags { get; set; } = [];

    public string Context { get; set; } = "";

    public string Question { get; set; } = "";

    public string TrainingAnswer { get; set; } = "";

    public int AnswerIndex { get; set; }

    public string[] Sentence { get; set; } = [];

    public string[] Label { get; set; } = [];

    /// <summary>Twelve rows, of which one has empty texts, one a long text and one an emoji.</summary>
    public static ScoringRow[] Rows { get; } = [.. Enumerable.Range(0, 12).Select(i =>
    {
        string place = s_places[i % 3];
        return new ScoringRow
        {
            Text = i switch { 5 => "", 7 => string.Join(' ', Enumerable.Repeat("so long a day", 30)), 8 => "Café \U0001F600 日本",
                _ => i % 2 == 0 ? "A good day." : "It was a bad, bad night" },
            Other = i == 5 ? "" : i % 3 == 0 ? "the sea was calm and the sun stood high over the harbor" : "rain",
            Category = 10 * (i % 3),
            Number = i % 3 - 0.5f,
            Tags = i % 2 == 0 ? ["good", "short"] : ["bad"],
            Flags = [i % 2 == 0, i % 3 == 0, true],
            Context = $"She went to {place} in {1900 + i} .",
            Question = "Where did she go ?",
            TrainingAnswer = place,
            AnswerIndex = 12,
            Sentence = ["She", "went", "to", place, "in", $"{1900 + i}", "."],
            Label = ["O", "O", "O", "B-LOC", "O", "B-DATE", "O"],
        };
    })];
}
