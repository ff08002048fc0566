namespace SweepSchedules;

/// <summary>The beginning of a paragraph, and its continuation.</summary>
internal sealed class Passage
{
    private const int PromptWords = 10;

    public string Prompt { get; set; } = "";

    public string Text { get; set; } = "";

    /// <summary>Splits paragraphs, one per line; paragraphs that are too short are left out.</summary>
    /// <param name="paragraphs">The paragraphs.</param>
    /// <param name="tokens">The number of tokens to compare; a word has about one and a half.</param>
    public static Passage[] Split(IEnumerable<string> paragraphs, int tokens)
    {
        List<Passage> passages = [];
        foreach (string paragraph in paragraphs)
        {
            string[] words = paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= PromptWords + tokens)
                passages.Add(new Passage
                {
                    Prompt = string.Join(' ', words.Take(PromptWords)), Text = " " + string.Join(' ', words.Skip(PromptWords))
                });
        }
        return [.. passages];
    }

    /// <summary>The given number of passages, evenly spaced.</summary>
    public static Passage[] Spread(Passage[] passages, int count)
    {
        if (passages.Length < count)
            throw new ArgumentException(
                $"There are {passages.Length} paragraphs that are long enough, and {count} are asked for. Give a longer text, or lower " +
                "--prompts, --held-out or --tokens.");
        return [.. Enumerable.Range(0, count).Select(i => passages[(long)i * passages.Length / count])];
    }
}
