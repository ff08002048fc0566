using Microsoft.ML.Diffusion;

namespace AnswerQuestions;

/// <summary>Questions about invented people: a small set that a small model learns in a minute.</summary>
internal static class MadeQuestions
{
    private static readonly string[] s_names =
        ["Anna", "Bruno", "Clara", "David", "Emma", "Felix", "Greta", "Henry", "Ida", "Jacob", "Laura", "Martin"];
    private static readonly string[] s_towns =
        ["London", "Paris", "Rome", "Boston", "Vienna", "Madrid", "Dublin", "Oxford", "Venice", "Geneva", "Florence", "Berlin"];
    private static readonly string[] s_trades =
        ["a baker", "a lawyer", "a sailor", "a teacher", "a doctor", "a painter", "a carpenter", "a gardener", "a soldier", "a clerk"];

    /// <summary>Creates rows like those of <c>LoadFromSquad</c>.</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="seed">The same seed makes the same rows.</param>
    public static SquadRow[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Make(random))];
    }

    private static SquadRow Make(Random random)
    {
        string name = Pick(s_names), town = Pick(s_towns), home = Pick(s_towns), trade = Pick(s_trades),
            year = $"{random.Next(1750, 1900)}";
        string[] sentences =
        [
            $"{name} was born in {town} in {year}.",
            $"Now {name} lives in {home}, in a house near the river.",
            $"For many years {name} worked as {trade}.",
        ];
        random.Shuffle(sentences);
        string context = string.Join(' ', sentences);
        (string question, string before, string answer) = random.Next(4) switch
        {
            0 => ($"Where was {name} born?", "born in ", town),
            1 => ($"In which year was {name} born?", $"born in {town} in ", year),
            2 => ($"Where does {name} live now?", "lives in ", home),
            _ => ($"What was {name}'s trade?", "worked as ", trade),
        };
        return new SquadRow
        {
            Context = context,
            Question = question,
            TrainingAnswer = answer,
            AnswerIndex = context.IndexOf(before, StringComparison.Ordinal) + before.Length,
            Answers = [answer],
        };

        string Pick(string[] from) => from[random.Next(from.Length)];
    }
}
