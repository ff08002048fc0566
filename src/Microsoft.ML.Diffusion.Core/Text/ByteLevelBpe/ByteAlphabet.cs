using System.Text;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// The characters for bytes in byte-level vocabularies (GPT-2's <c>bytes_to_unicode</c>): printable Latin-1 bytes are themselves; the
/// others are U+0100 and following, in order, so a space is Ġ and a newline Ċ.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_toChar = MakeToChar();
    private static readonly short[] s_toByte = MakeToByte();

    /// <summary>The character of a byte, in [U+0021, U+0143].</summary>
    public static char ToChar(byte value) => s_toChar[value];

    /// <summary>The byte of a character, or −1 if it has none.</summary>
    public static int ToByte(int codePoint) => codePoint < s_toByte.Length ? s_toByte[codePoint] : -1;

    /// <summary>The UTF-8 spelling of one byte.</summary>
    public static int Spell(byte value, Span<byte> utf8) => new Rune(s_toChar[value]).EncodeToUtf8(utf8);

    /// <summary>The bytes of a spelling, or −1 if one of its characters has no byte.</summary>
    public static int ToBytes(ReadOnlySpan<byte> spelling, Span<byte> bytes)
    {
        int count = 0;
        while (!spelling.IsEmpty)
        {
            Rune.DecodeFromUtf8(spelling, out Rune rune, out int used);
            int value = ToByte(rune.Value);
            if (value < 0)
                return -1;
            bytes[count++] = (byte)value;
            spelling = spelling[used..];
        }
        return count;
    }

    private static char[] MakeToChar()
    {
        char[] toChar = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
            toChar[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : next++;
        return toChar;
    }

    private static short[] MakeToByte()
    {
        short[] toByte = new short[0x144];
        toByte.AsSpan().Fill(-1);
        for (int value = 0; value < 256; value++)
            toByte[s_toChar[value]] = (short)value;
        return toByte;
    }
}
