using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>A part of a text for one run of a model, and the words whose labels are read from it.</summary>
/// <param name="Tokens">Its tokens, opening and closing tokens included.</param>
/// <param name="Words">The words whose labels are read here: those that have no more context in another window.</param>
/// <param name="Rows">The first token of each of them, among <paramref name="Tokens"/>.</param>
internal sealed record LabelWindow(int[] Tokens, int[] Words, int[] Rows)
{
    /// <summary>Opening and closing token.</summary>
    public const int SpecialTokens = 2;

    /// <summary>Splits a text into overlapping windows; none if it has no word. Each word is read in one of them.</summary>
    /// <param name="sequence">The text.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="capacity">The most tokens of a window, without opening and closing tokens.</param>
    /// <param name="strideOverlap">The most tokens that neighboring windows share.</param>
    public static LabelWindow[] Cut(WordSequence sequence, Tokenizer tokenizer, int capacity, int strideOverlap)
    {
        IReadOnlyList<TextWord> words = sequence.Words;
        if (words.Count == 0)
            return [];
        int[] counts = [.. words.Select(word => word.TokenCount)];
        WordWindow[] windows = WordWindows.Cut(counts, capacity, strideOverlap);
        int[] best = WordWindows.MostContext(windows, counts);
        var cut = new LabelWindow[windows.Length];
        for (int i = 0; i < windows.Length; i++)
        {
            int index = i;
            cut[i] = Make(sequence, tokenizer, capacity, windows[i], word => best[word] == index);
        }
        return cut;
    }

    /// <summary>The window at a text's start, in which all its words are read.</summary>
    /// <param name="sequence">The text; it may have no word.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="capacity">The most tokens of a window, without opening and closing tokens.</param>
    public static LabelWindow First(WordSequence sequence, Tokenizer tokenizer, int capacity) => Make(
        sequence, tokenizer, capacity,
        sequence.Words.Count == 0 ? default
            : WordWindows.Cut([.. sequence.Words.Select(word => word.TokenCount)], capacity, strideOverlap: 0)[0], _ => true);

    private static LabelWindow Make(WordSequence sequence, Tokenizer tokenizer, int capacity, WordWindow window, Func<int, bool> isRead)
    {
        var tokens = new int[window.TokenCount + SpecialTokens];
        var read = new List<int>();
        var rows = new List<int>();
        int position = 0;
        tokens[position++] = tokenizer.BeginToken;
        for (int word = window.FirstWord; word < window.FirstWord + window.WordCount; word++)
        {
            if (isRead(word))
            {
                read.Add(word);
                rows.Add(position);
            }
            TextWord place = sequence.Words[word];
            ReadOnlySpan<int> pieces = sequence.Tokens.Slice(place.FirstToken, Math.Min(place.TokenCount, capacity));
            pieces.CopyTo(tokens.AsSpan(position));
            position += pieces.Length;
        }
        tokens[position] = tokenizer.EndToken;
        return new LabelWindow(tokens, [.. read], [.. rows]);
    }
}
