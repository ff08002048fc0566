using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// A text's words, each with its tokens, ready for labeling. In byte-level tokenizers the tokens of a word depend on the space before it,
/// so the first word gets the tokens that it would have after a space (<c>add_prefix_space</c>), like all others.
/// </summary>
public sealed class WordSequence
{
    private readonly TextWord[] _words;
    private readonly int[] _tokens;

    /// <summary>Makes a sequence from the words and tokens of the text with a space before it.</summary>
    private WordSequence(Tokenizer tokenizer, string spaced, TextWord[] words, TokenList tokens, int loneSurrogates)
    {
        (Text, LoneSurrogates, _words) = (spaced[1..], loneSurrogates, words);
        var spelling = new List<int>(tokens.Count);
        for (int i = 0; i < words.Length; i++)
        {
            TextWord word = words[i];
            int first = spelling.Count;
            if (word.FirstToken < 0)
                spelling.Add(tokenizer.UnknownToken);
            else
            {
                if (IsItsSpace(spaced, tokens, word))
                    spelling.Add(tokens.Ids[word.FirstToken - 1]);
                spelling.AddRange(tokens.Ids.Slice(word.FirstToken, word.TokenCount));
            }
            words[i] = new TextWord(word.Start - 1, word.End - 1, first, spelling.Count - first);
        }
        _tokens = [.. spelling];
    }

    /// <summary>The text; words given one by one are joined by spaces.</summary>
    public string Text { get; }

    /// <summary>
    /// The words: their places in <see cref="Text"/>, and their tokens in <see cref="Tokens"/>, one or more. A word without tokens (it is
    /// empty, or the tokenizer drops all its characters) has the unknown token.
    /// </summary>
    public IReadOnlyList<TextWord> Words => _words;

    /// <summary>The tokens of all words, without opening and closing tokens.</summary>
    public ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>The number of lone surrogates, each read as U+FFFD.</summary>
    public int LoneSurrogates { get; }

    /// <summary>The words of a raw text.</summary>
    /// <param name="tokenizer">Encodes the words.</param>
    /// <param name="text">The text; it may be empty.</param>
    /// <param name="splitting">Where words begin and end.</param>
    public static WordSequence FromText(Tokenizer tokenizer, string text, WordSplitting splitting)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(text);
        if (splitting == WordSplitting.Spaces)
            return text.Length == 0 ? FromWords(tokenizer, []) : FromWords(tokenizer, text.Split(' '));
        var tokens = new TokenList();
        string spaced = " " + text;
        int loneSurrogates = tokenizer.Encode(spaced, tokens);
        return new WordSequence(tokenizer, spaced, TextWords.Find(spaced, tokens), tokens, loneSurrogates);
    }

    /// <summary>Makes a sequence of words that are given one by one.</summary>
    /// <param name="tokenizer">Encodes the words.</param>
    /// <param name="words">The words; there may be none, and one may be empty.</param>
    public static WordSequence FromWords(Tokenizer tokenizer, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(words);
        var tokens = new TokenList();
        string spaced = " " + string.Join(' ', words);
        int loneSurrogates = tokenizer.Encode(spaced, tokens);
        int[] starts = new int[words.Count], ends = new int[words.Count];
        for (int i = 0, position = 1; i < words.Count; i++, position++)
            (starts[i], ends[i]) = (position, position += words[i].Length);
        return new WordSequence(tokenizer, spaced, TextWords.Align(spaced, tokens, starts, ends), tokens, loneSurrogates);
    }

    /// <summary>
    /// Whether the token before a word's is the space before it, if the vocabulary lacks their merge: it is then the word's first token.
    /// </summary>
    private static bool IsItsSpace(string spaced, TokenList tokens, TextWord word) =>
        word.FirstToken > 0 && spaced[word.Start - 1] == ' ' && tokens.Ends[word.FirstToken - 1] == word.Start &&
            tokens.Starts[word.FirstToken - 1] >= word.Start - 1;
}
