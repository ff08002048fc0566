using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>Characters of a text to the tokens that hold them.</summary>
internal static class AnswerTokens
{
    /// <summary>The tokens that hold any of the characters [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <param name="starts">Where each token starts in the text, never falling, [tokens].</param>
    /// <param name="ends">Where each token ends in the text (exclusive), never falling, [tokens].</param>
    /// <param name="start">The first character.</param>
    /// <param name="end">The character after the last.</param>
    /// <returns>The first and the last of them; null where no token holds one of the characters.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or there is no character.</exception>
    public static TokenSpan? Find(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, int start, int end)
    {
        if (starts.Length != ends.Length)
            throw new ArgumentException($"There are {starts.Length} starts and {ends.Length} ends; expected one of each a token. Give both lists whole.", nameof(ends));
        if (start >= end)
            throw new ArgumentException($"The characters [{start}, {end}) are none; expected one or more. An answer is not empty.", nameof(end));
        int first = 0, last = starts.Length - 1;
        while (first < ends.Length && ends[first] <= start)
            first++;
        while (last >= 0 && starts[last] >= end)
            last--;
        return first <= last ? new TokenSpan(first, last) : null;
    }
}
