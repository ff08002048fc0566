namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>Splits a long sequence of tokens into overlapping windows.</summary>
internal static class TokenWindows
{
    /// <summary>
    /// The windows of a sequence, in order. Each but the last has <paramref name="capacity"/> tokens, neighbors share
    /// <paramref name="strideOverlap"/>, and the last ends with the sequence. There is one window, perhaps empty, if everything fits.
    /// </summary>
    /// <param name="count">The number of tokens.</param>
    /// <param name="capacity">The most tokens of a window.</param>
    /// <param name="strideOverlap">The number of tokens that neighboring windows share, below <paramref name="capacity"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or a window would not advance.</exception>
    public static TokenWindow[] Cut(int count, int capacity, int strideOverlap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(strideOverlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(strideOverlap, capacity);
        int advance = capacity - strideOverlap;
        int windows = count <= capacity ? 1 : 1 + (int)(((long)count - capacity + advance - 1) / advance);
        var cut = new TokenWindow[windows];
        for (int i = 0; i < windows; i++)
            cut[i] = new TokenWindow(i * advance, Math.Min(capacity, count - i * advance));
        return cut;
    }

    /// <summary>
    /// The window in which a token has the most context: the greatest min(tokens before, tokens after) + 0.01 · window length, the
    /// weighting of Google's run_squad.py; the first among equals.
    /// </summary>
    /// <param name="windows">The windows.</param>
    /// <param name="token">The token.</param>
    /// <returns>The window's index; −1 if the token is in none.</returns>
    public static int MostContext(ReadOnlySpan<TokenWindow> windows, int token)
    {
        int best = -1;
        double bestContext = double.NegativeInfinity;
        for (int i = 0; i < windows.Length; i++)
        {
            if (token < windows[i].Start || token >= windows[i].End)
                continue;
            double context = Math.Min(token - windows[i].Start, windows[i].End - 1 - token) + 0.01 * windows[i].Count;
            if (context > bestContext)
                (best, bestContext) = (i, context);
        }
        return best;
    }
}
