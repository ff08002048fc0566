using System.Buffers;
using System.Text;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>BERT's normalization: control characters, whitespace, CJK characters, accents and case, as the options say.</summary>
internal sealed class BertNormalizer(WordPieceOptions options)
{
    /// <summary>The most characters that one becomes by <see cref="StripAndLower"/>.</summary>
    public const int MaxLength = CanonicalDecomposition.MaxLength + 1;

    [ThreadStatic]
    private static AlignedText? s_normalized;

    private readonly bool _stripAccents = options.StripAccents ?? options.Lowercase;

    /// <summary>A character without accents and in lowercase, where the options say so.</summary>
    /// <returns>The number of characters written.</returns>
    public int StripAndLower(Rune rune, Span<Rune> normalized)
    {
        int count = 1;
        normalized[0] = rune;
        if (_stripAccents)
            count = CanonicalDecomposition.WithoutMarks(rune, normalized);
        if (!options.Lowercase)
            return count;
        for (int i = 0; i < count; i++)
        {
            // İ, the one character with a lowercase of two: i and a dot above. With accents stripped it does not get here.
            if (normalized[i].Value == 0x130)
            {
                (normalized[0], normalized[1]) = (new Rune('i'), new Rune(0x307));
                return 2;
            }
            normalized[i] = Rune.ToLowerInvariant(normalized[i]);
        }
        return count;
    }

    /// <summary>Normalizes a text.</summary>
    /// <returns>The number of lone surrogates, each read as U+FFFD.</returns>
    public int Normalize(ReadOnlySpan<char> text, AlignedText normalized)
    {
        normalized.Clear();
        int loneSurrogates = 0;
        Span<Rune> parts = stackalloc Rune[MaxLength];
        for (int start = 0, end; start < text.Length; start = end)
        {
            int other = text[start..].IndexOfAnyExceptInRange(' ', '~'), ascii = other < 0 ? text.Length - start : other;
            if (ascii > 0)
            {
                normalized.AppendAscii(text.Slice(start, ascii), start, options.Lowercase);
                end = start + ascii;
                continue;
            }
            if (Rune.DecodeFromUtf16(text[start..], out Rune rune, out int width) != OperationStatus.Done)
                loneSurrogates++;
            end = start + width;
            if (options.CleanText)
            {
                if (BertCharacters.IsDropped(rune))
                    continue;
                if (Rune.IsWhiteSpace(rune))
                {
                    normalized.Append(new Rune(' '), start, end);
                    continue;
                }
            }
            bool isChinese = options.HandleChineseCharacters && BertCharacters.IsChinese(rune);
            if (isChinese)
                normalized.Append(new Rune(' '), start, end);
            foreach (Rune part in parts[..StripAndLower(rune, parts)])
                normalized.Append(part, start, end);
            if (isChinese)
                normalized.Append(new Rune(' '), start, end);
        }
        return loneSurrogates;
    }

    /// <summary>Normalizes a text.</summary>
    public string Normalize(string text)
    {
        AlignedText normalized = s_normalized ??= new AlignedText();
        Normalize(text, normalized);
        return normalized.Text.ToString();
    }
}
