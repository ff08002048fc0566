using System.Buffers;
using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>The words of a text and their tokens.</summary>
internal static class TextWords
{
    /// <summary>
    /// Finds the words of a raw text: runs of tokens without whitespace between them, split where one of the two characters at a token
    /// border is punctuation or a CJK ideograph. A token is never split, so each word has its own first token.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens, without special tokens.</param>
    public static TextWord[] Find(ReadOnlySpan<char> text, TokenList tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var words = new List<TextWord>();
        for (int token = 0; token < tokens.Count; token++)
        {
            (int start, int end) = Trim(text, tokens.Starts[token], tokens.Ends[token]);
            if (start >= end)
                continue;
            if (words.Count > 0 && GoesOn(text, words[^1].End, start))
                words[^1] = words[^1] with { End = Math.Max(end, words[^1].End), TokenCount = token + 1 - words[^1].FirstToken };
            else
                words.Add(new TextWord(start, end, token, 1));
        }
        return [.. words];
    }

    /// <summary>Finds the tokens of words with known places, such as those of a tagged sentence joined by spaces.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens, without special tokens.</param>
    /// <param name="starts">Where each word starts in the text, in UTF-16 characters, ascending, [words].</param>
    /// <param name="ends">Where each word ends in the text (exclusive), at or before the next one's start, [words].</param>
    /// <returns>The words, [words]. A token that spans several words counts for each of them.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a word is outside the text or starts before the previous one
    /// ends.</exception>
    public static TextWord[] Align(ReadOnlySpan<char> text, TokenList tokens, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (starts.Length != ends.Length)
            throw new ArgumentException(
                $"There are {starts.Length} starts and {ends.Length} ends; expected one of each per word. Give both lists in full.",
                nameof(ends));
        var words = new TextWord[starts.Length];
        for (int word = 0, token = 0, position = 0; word < words.Length; word++)
        {
            if (starts[word] < position || ends[word] < starts[word] || ends[word] > text.Length)
                throw new ArgumentException(
                    $"Word {word} covers [{starts[word]}, {ends[word]}); expected characters from {position} to {text.Length}. Give the " +
                    "words in order.", nameof(starts));
            position = ends[word];
            while (token < tokens.Count && tokens.Ends[token] <= starts[word])
                token++;
            int first = -1, end = token;
            for (; end < tokens.Count && Trim(text, tokens.Starts[end], tokens.Ends[end]) is var (tokenStart, tokenEnd) &&
                tokenStart < ends[word]; end++)
            {
                if (first < 0 && tokenStart < tokenEnd && tokenEnd > starts[word])
                    first = end;
            }
            words[word] = new TextWord(starts[word], ends[word], first, first < 0 ? 0 : end - first);
        }
        return words;
    }

    /// <summary>Tokenizers may include whitespace around a word in its tokens.</summary>
    private static (int Start, int End) Trim(ReadOnlySpan<char> text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (start < end && char.IsWhiteSpace(text[end - 1]))
            end--;
        return (start, end);
    }

    /// <summary>Whether a token that starts at <paramref name="start"/> belongs to the word that ends at <paramref name="end"/>.</summary>
    private static bool GoesOn(ReadOnlySpan<char> text, int end, int start)
    {
        if (start < end)
            return true; // two tokens share a character
        foreach (char c in text[end..start])
        {
            if (char.IsWhiteSpace(c))
                return false;
        }
        return !(Rune.DecodeLastFromUtf16(text[..end], out Rune last, out _) == OperationStatus.Done && StandsAlone(last))
            && !(Rune.DecodeFromUtf16(text[start..], out Rune next, out _) == OperationStatus.Done && StandsAlone(next));
    }

    private static bool StandsAlone(Rune rune) => BertCharacters.IsPunctuation(rune) || BertCharacters.IsChinese(rune);
}
