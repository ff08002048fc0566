using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A training row with every kind of label, made so that a tiny model learns it quickly.</summary>
internal sealed class TextRow
{
    private static readonly string[] s_animals = ["cat", "dog", "mat"];

    public string? Sentence1 { get; set; }

    public string? Sentence2 { get; set; }

    public string? Category { get; set; }

    public string[] Tags { get; set; } = [];

    [VectorType(3)]
    public bool[] Flags { get; set; } = new bool[3];

    public float Value { get; set; }

    /// <summary>Rows about one animal each, which is the category; the tags are the animals of both sentences.</summary>
    public static TextRow[] Make(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        int first = i % 3, second = i / 3 % 3;
        return new TextRow
        {
            Sentence1 = string.Join(' ', Enumerable.Repeat(s_animals[first], 1 + i % 4)),
            Sentence2 = string.Join(' ', Enumerable.Repeat(s_animals[second], 1 + i % 3)),
            Category = s_animals[first],
            Tags = [.. new[] { s_animals[first], s_animals[second] }.Distinct()],
            Flags = [.. Enumerable.Range(0, 3).Select(animal => animal == first || animal == second)],
            Value = 100 + first,
        };
    })];
}
