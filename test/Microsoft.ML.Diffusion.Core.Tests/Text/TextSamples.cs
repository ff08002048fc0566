using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Generated texts and small tokenizers for the tests of this folder.</summary>
internal static class TextSamples
{
    private static readonly string[] s_words =
    [
        "the", "The", "lowest", "newer", "wide", "can't", "I'll", "we've", "'s", "'", "''", "they're", "é", "e\u0301", "naïve", "İstanbul",
        "ǅ", "ß", "Ω", "\u2126",
        "\u212B", "한국어", "生活的", "\uF900", "\U0002B920", "日本", "😀", "👨\u200D👩\u200D👧", "🏳️\u200D🌈", "𝒳𝒴", "𝟘𝟙", "١٢", "²³", "Ⅷ", "[MASK]",
        "<mask>", "</s>", "[UNK]", "\u037E", "\u1FEF",
        "<|endoftext|>", "Ġ", "Ċ", "##ing", "$1.00", "http://x.y/z?a=b&c=d", "a\u0302\u0323", "\u1EA5", "\u0344", "\u0F73", "\U0001D15E",
        "…", "“quoted”", "don’t", "¿qué?", "£5", "€",
    ];

    private static readonly string[] s_pieces = ["est", "e", "a", "s", "ss", "ed", "k", "it", "o", "0", "S", "x"];

    private static readonly string[] s_spaces =
        [" ", " ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00A0", "\u2003", "\u3000", "\u2028", "\u0085", "   ", "", ""];

    private static readonly string[] s_odd = ["\0", "\u0001", "\uFFFD", "\uFEFF", "\u200B", "\u00AD", "\uE000", "\uFFFF", "\U000E0041",
        "\U0010FFFF", "\u0300", "\u302E", "\u180E"];

    /// <summary>Texts of ASCII words, most of which <see cref="SmallVocabTxt"/> has pieces for, with marks and spaces between.</summary>
    public static IEnumerable<string> AsciiWords(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            for (int word = random.Next(12); word >= 0; word--)
            {
                text.Append(random.Next(2) == 0 ? "low" : "A");
                for (int part = random.Next(6); part > 0; part--)
                    text.Append(s_pieces[random.Next(s_pieces.Length)]);
                text.Append(" \t\n.,'-\v\u007F"[random.Next(9)]);
            }
            yield return text.ToString();
        }
    }

    /// <summary>Well-formed texts of all kinds of characters.</summary>
    public static IEnumerable<string> WellFormed(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            int parts = random.Next(random.Next(4) == 0 ? 60 : 12);
            for (int part = 0; part < parts; part++)
            {
                switch (random.Next(8))
                {
                    case 0:
                        text.Append(RandomRune(random).ToString());
                        break;
                    case 1:
                        text.Append((char)random.Next(0x20, 0x7F));
                        break;
                    case 2 when random.Next(3) == 0:
                        text.Append(s_odd[random.Next(s_odd.Length)]);
                        break;
                    case 3 or 4:
                        text.Append(s_spaces[random.Next(s_spaces.Length)]);
                        break;
                    default:
                        text.Append(s_words[random.Next(s_words.Length)]).Append(s_spaces[random.Next(s_spaces.Length)]);
                        break;
                }
            }
            yield return text.ToString();
        }
    }

    /// <summary>A small byte-level tokenizer.</summary>
    public static ByteLevelBpeTokenizer SmallBpe(int size = 400) => (ByteLevelBpeTokenizer)ByteLevelBpeTrainer.Train(
        Enumerable.Repeat(
            "the lowest of the newer, wider and lowest rivers; she said: “don't wait”, and they're waiting there.\n\nThe end é 生活.\n", 3),
            size);

    /// <summary>A small WordPiece vocabulary.</summary>
    public static string SmallVocabTxt => string.Join('\n', (string[])
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "want", "##want", "##ed", "wa", "un", "runn", "##ing", ",", "low", "lowest", "##est",
        "hall", "##o", "hello", "!", "how",
        "are", "you", "?", "z", "##z", "ah", "\u535A", "[", "]", "mask", "e", "##e", "a", "##a", "s", "##s", "the", ".", "'", "t", "don",
        "\u1112", "##\u1161", "##\u11AB", "i\u0307", "##k", "##it", "𝒳", "##𝒴", "$", "1", "##0", "co", "##ω", "ω", "ss", "##ss", "İ", "é",
    ]) + "\n";

    /// <summary>A character of any plane that is assigned or not, but no surrogate.</summary>
    private static Rune RandomRune(Random random)
    {
        while (true)
        {
            int limit = random.Next(4) switch { 0 => 0x250, 1 => 0x3000, 2 => 0x10000, _ => 0x110000 };
            if (Rune.TryCreate(random.Next(limit), out Rune rune) &&
                (random.Next(20) == 0 || Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned))
                return rune;
        }
    }
}
