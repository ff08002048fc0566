using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Measures;

/// <summary>Counts of the units that a rate may refer to, for the part of each sequence that is scored.</summary>
/// <remarks>Rates per token under different vocabularies cannot be compared; rates per character or word of the same text can.</remarks>
internal static class TextUnits
{
    /// <summary>The number of UTF-16 code units in each sequence's text, without special tokens, [Count].</summary>
    public static int[] Characters(MaskedTexts texts, Tokenizer tokenizer) => Count(texts, tokenizer, static text => text.Length);

    /// <summary>
    /// The number of words in each sequence's text, separated by whitespace, [Count]. A word that is cut at the end of a sequence counts in
    /// both.
    /// </summary>
    public static int[] Words(MaskedTexts texts, Tokenizer tokenizer) => Count(texts, tokenizer, Words);

    /// <summary>The number of stretches without whitespace in a text.</summary>
    public static int Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int words = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsWhiteSpace(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])))
                words++;
        }
        return words;
    }

    private static int[] Count(MaskedTexts texts, Tokenizer tokenizer, Func<string, int> count)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(tokenizer);
        int[] counts = new int[texts.Sequences.Count];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = count(tokenizer.Decode(texts.Sequences[i][texts.Leading[i]..]));
        return counts;
    }
}
