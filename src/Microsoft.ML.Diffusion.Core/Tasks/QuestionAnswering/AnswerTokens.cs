using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>Maps characters of a text to the tokens that contain them.</summary>
internal static class AnswerTokens
{
    /// <summary>The tokens that contain any of the characters [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <param name="starts">Where each token starts in the text, in ascending order, [tokens].</param>
    /// <param name="ends">Where each token ends in the text (exclusive), in ascending order, [tokens].</param>
    /// <param name="start">The first character.</param>
    /// <param name="end">The index after the last character.</param>
    /// <returns>The first and the last of them; null if no token contains one of the characters.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or the range is empty.</exception>
    public static TokenSpan? Find(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, int start, int end)
    {
        if (starts.Length != ends.Length)
            throw new ArgumentException(
                $"There are {starts.Length} starts and {ends.Length} ends; expected one of each per token. Give both lists in full.",
                nameof(ends));
        if (start >= end)
            throw new ArgumentException($"The range [{start}, {end}) is empty; expected one or more characters. Give a non-empty answer.",
                nameof(end));
        int first = 0, last = starts.Length - 1;
        while (first < ends.Length && ends[first] <= start)
            first++;
        while (last >= 0 && starts[last] >= end)
            last--;
        return first <= last ? new TokenSpan(first, last) : null;
    }
}
