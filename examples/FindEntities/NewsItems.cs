using System.Text;

namespace FindEntities;

/// <summary>Made-up news: sentences with places for names.</summary>
internal static class NewsItems
{
    private static readonly string[] s_sentences =
    [
        "{PER} moved from {LOC} to {LOC} in the spring.",
        "The {ORG} in {LOC} said on Monday that it had sold its ships.",
        "\"We shall not sell,\" said {PER}, who leads {ORG}.",
        "It rained in {LOC} for nine days.",
        "On Friday {PER} came back to {LOC}, and on Tuesday left again.",
        "Mr. {PER} of {ORG} would not say when he would return.",
        "On Wednesday the {ORG} in {LOC} lent the money to Mrs. {PER}.",
        "{ORG} and {ORG} are to build a bridge near {LOC}.",
        "Nobody at {ORG} would say why {PER} had left.",
        "In {LOC}, {PER} met {PER} of {ORG}.",
        "{PER} was born in {LOC}, and died there too.",
        "The price of bread rose again, and the people were angry.",
        "Shares of {ORG} fell after the news from {LOC}.",
        "Last night the mayor of {LOC}, {PER}, opened the new theatre.",
        "The old house by the river was sold to {PER}.",
        "Workers at {ORG} have asked for more money.",
        "Most of the letters came from {LOC} and from {LOC}.",
        "He had never heard of {PER}, or of the {ORG}.",
        "The train from {LOC} was late, as it always is on Sundays.",
    ];

    /// <summary>Texts to look for entities in.</summary>
    public static string[] Examples { get; } =
    [
        "Elizabeth Dale has left Western Steel, and moved to Florence.",
        "On Friday the National Bank in Edinburgh said that Mr. Moore would not return from New York.",
        "The weather was fine, and nothing happened.",
    ];

    /// <summary>Makes sentences; the same seed makes the same.</summary>
    public static IEnumerable<NewsItem> Make(int count, int seed, NewsNames names)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Make(Draw(random, s_sentences), random, names))];
    }

    private static NewsItem Make(string sentence, Random random, NewsNames names)
    {
        var text = new StringBuilder();
        var types = new List<string>();
        var starts = new List<int>();
        var lengths = new List<int>();
        for (int i = 0; i < sentence.Length; i++)
        {
            if (sentence[i] != '{')
            {
                text.Append(sentence[i]);
                continue;
            }
            string type = sentence[(i + 1)..(i + 4)], name = type switch
            {
                "PER" => random.Next(3) == 0 ? Draw(random, names.Last) : $"{Draw(random, names.First)} {Draw(random, names.Last)}",
                "LOC" => Draw(random, names.Places),
                _ => Draw(random, names.Organizations),
            };
            types.Add(type);
            starts.Add(text.Length);
            lengths.Add(name.Length);
            text.Append(name);
            i += 4;
        }
        return new NewsItem { Sentence = text.ToString(), Label = [.. types], LabelStart = [.. starts], LabelLength = [.. lengths] };
    }

    private static string Draw(Random random, string[] items) => items[random.Next(items.Length)];
}
