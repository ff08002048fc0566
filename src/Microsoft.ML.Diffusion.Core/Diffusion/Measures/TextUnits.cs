using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Measures;

/// <summary>Counts of what a rate may be per, for the part of each sequence that is coded and not given.</summary>
/// <remarks>Figures per token under different vocabularies cannot be compared; those per character or word of the same text can.</remarks>
internal static class TextUnits
{
    /// <summary>UTF-16 code units of each sequence's text, special tokens aside, [Count].</summary>
    public static int[] Characters(MaskedTexts texts, Tokenizer tokenizer) => Count(texts, tokenizer, static text => text.Length);

    /// <summary>Words of each sequence's text: stretches without white space, [Count]. A word cut by a sequence's end counts in both.</summary>
    public static int[] Words(MaskedTexts texts, Tokenizer tokenizer) => Count(texts, tokenizer, Words);

    /// <summary>The stretches without white space in a text.</summary>
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
