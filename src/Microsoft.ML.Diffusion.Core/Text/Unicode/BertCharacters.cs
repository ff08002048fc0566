using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>The character classes of BERT's normalizer and splitter, as defined in Hugging Face's tokenizers.</summary>
internal static class BertCharacters
{
    /// <summary>U+0000, U+FFFD, control, format and private-use characters other than tab, line feed and carriage return.</summary>
    public static bool IsDropped(Rune rune) => rune.Value switch
    {
        '\t' or '\n' or '\r' => false,
        0 or 0xFFFD => true,
        >= 0x20 and < 0x7F => false,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse,
    };

    /// <summary>
    /// The characters of the CJK blocks that are words by themselves. Google's BERT starts the last range but one at U+2B820; checkpoints
    /// made with Hugging Face's tokenizers have 0x2B920, as here.
    /// </summary>
    public static bool IsChinese(Rune rune) => rune.Value is
        >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    /// <summary>All of ASCII that is neither letter nor digit, and Unicode's punctuation.</summary>
    public static bool IsPunctuation(Rune rune) => rune.Value < 0x80
        ? rune.Value is >= 33 and <= 47 or >= 58 and <= 64 or >= 91 and <= 96 or >= 123 and <= 126
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
