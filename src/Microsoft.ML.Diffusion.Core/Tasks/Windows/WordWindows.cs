namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>Splits a long sequence of words, each of some tokens, into overlapping windows of whole words.</summary>
internal static class WordWindows
{
    /// <summary>
    /// The windows of a sequence, in order. Each takes as many words as fit; the next one repeats its last words, as many as have at most
    /// <paramref name="strideOverlap"/> tokens and leave room for a new word.
    /// </summary>
    /// <param name="tokenCounts">The number of tokens of each word, [words]; for a word longer than a window only the first tokens
    /// count.</param>
    /// <param name="capacity">The most tokens of a window, special tokens not counted.</param>
    /// <param name="strideOverlap">The most tokens that neighboring windows share, below <paramref name="capacity"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or a window would not advance.</exception>
    public static WordWindow[] Cut(ReadOnlySpan<int> tokenCounts, int capacity, int strideOverlap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(strideOverlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(strideOverlap, capacity);
        foreach (int count in tokenCounts)
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(tokenCounts));
        var windows = new List<WordWindow>();
        int start = 0, end = 0, tokens = 0;
        do
        {
            for (; end < tokenCounts.Length && Fits(tokenCounts[end], tokens, capacity); end++)
                tokens += Math.Min(tokenCounts[end], capacity);
            windows.Add(new WordWindow(start, end - start, tokens));
            while (end < tokenCounts.Length && (tokens > strideOverlap || !Fits(tokenCounts[end], tokens, capacity)))
                tokens -= Math.Min(tokenCounts[start++], capacity);
        }
        while (end < tokenCounts.Length);
        return [.. windows];
    }

    /// <summary>
    /// The window from which each word's label is taken: the one in which it has the most context, with the greatest min(tokens before,
    /// tokens after) + 0.01 · window length; the first among equals.
    /// </summary>
    /// <param name="windows">The windows from <see cref="Cut"/>.</param>
    /// <param name="tokenCounts">The number of tokens of each word, [words].</param>
    /// <returns>The index of each word's window, [words].</returns>
    /// <exception cref="ArgumentException">A window extends beyond the words, or a word is in no window.</exception>
    public static int[] MostContext(ReadOnlySpan<WordWindow> windows, ReadOnlySpan<int> tokenCounts)
    {
        var best = new int[tokenCounts.Length];
        var bestContext = new double[tokenCounts.Length];
        Array.Fill(bestContext, double.NegativeInfinity);
        for (int i = 0; i < windows.Length; i++)
        {
            WordWindow window = windows[i];
            if (window.FirstWord < 0 || window.FirstWord + window.WordCount > tokenCounts.Length)
                throw new ArgumentException(
                    $"Window {i} extends beyond the {tokenCounts.Length} words. Give the windows that were cut from these words.",
                    nameof(windows));
            for (int word = window.FirstWord, before = 0; word < window.FirstWord + window.WordCount; word++)
            {
                int count = Math.Min(tokenCounts[word], window.TokenCount);
                double context = Math.Min(before, window.TokenCount - before - count) + 0.01 * window.TokenCount;
                if (context > bestContext[word])
                    (best[word], bestContext[word]) = (i, context);
                before += count;
            }
        }
        int missed = Array.IndexOf(bestContext, double.NegativeInfinity);
        if (missed >= 0)
            throw new ArgumentException(
                $"Word {missed} is in no window; expected every word in at least one. Give the windows that were cut from these words.",
                nameof(windows));
        return best;
    }

    private static bool Fits(int count, int tokens, int capacity) => Math.Min(count, capacity) <= capacity - tokens;
}
