using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A row of everything that some component reads: what the models under Fixtures/SavedModels learned
/// from, and what they are asked. It stays as it is for as long as the models' expected outputs do.
/// </summary>
internal sealed class SavedModelRow
{
    private static readonly string[] s_animals = ["cat", "dog", "mat"];

    public string? Prompt { get; set; }

    public string? Text { get; set; }

    public string? Template { get; set; }

    public string? Masked { get; set; }

    public string? Sentence1 { get; set; }

    public string? Sentence2 { get; set; }

    public string? Category { get; set; }

    public int Number { get; set; }

    public string[] Tags { get; set; } = [];

    [VectorType(3)]
    public bool[] Flags { get; set; } = new bool[3];

    public float Value { get; set; }

    public string? Context { get; set; }

    public string? Question { get; set; }

    public string? TrainingAnswer { get; set; }

    public int AnswerIndex { get; set; }

    public string[] Words { get; set; } = [];

    public string[] Entities { get; set; } = [];

    /// <summary>Six rows; a text of the last is missing, another empty.</summary>
    public static SavedModelRow[] Rows { get; } = [.. Enumerable.Range(0, 6).Select(i =>
    {
        string first = s_animals[i % 3], second = s_animals[(i + i / 3) % 3];
        return new SavedModelRow
        {
            Prompt = i == 5 ? "" : $"the {first}",
            Text = $" sat on the {second}",
            Template = i == 5 ? "" : $"the {{2}} sat on {{1..3}} {second}",
            Masked = i == 5 ? "" : $"the [MASK] sat on[MASK] {second}",
            Sentence1 = i == 5 ? null : $"a {first} sat",
            Sentence2 = $"the {second}",
            Category = first,
            Number = 10 * (i % 3),
            Tags = [.. new[] { first, second }.Distinct()],
            Flags = [.. s_animals.Select(animal => animal == first || animal == second)],
            Value = i % 3 - 0.5f,
            Context = $"the {first} sat on the {second}",
            Question = $"the {first}",
            TrainingAnswer = "sat",
            AnswerIndex = 8,
            Words = ["the", first, "sat", "on", second],
            Entities = ["O", "B-ANIMAL", "O", "O", "B-ANIMAL"],
        };
    })];
}
