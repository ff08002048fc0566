using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>One token a printable ASCII character; four special tokens; whatever else is U+FFFD.</summary>
internal sealed class FakeTokenizer : Tokenizer
{
    public const int Pad = 0, Begin = 1, End = 2, Mask = 3, Unknown = 4, FirstCharacter = 5, Size = FirstCharacter + 95;

    /// <summary>Whether spaces have no token, as in WordPiece.</summary>
    public bool DropsSpaces { get; init; }

    /// <summary>How texts become sequences; null for the family's way.</summary>
    public SequenceTemplate? Sequences { get; init; }

    internal override SequenceTemplate? Template => Sequences;

    public override int VocabularySize => Size;

    public override int BeginToken => Begin;

    public override int EndToken => End;

    public override int MaskToken => Mask;

    public override int PadToken => Pad;

    public override int UnknownToken => Unknown;

    public override bool IsSpecial(int id) => id < FirstCharacter;

    public override int Encode(ReadOnlySpan<char> text, TokenList output)
    {
        int loneSurrogates = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
                loneSurrogates++;
            if (DropsSpaces && char.IsWhiteSpace(text[i]))
                continue;
            // '#' stands for a mask in a prompt, to see that it stays one.
            output.Add(text[i] == '#' ? Mask : text[i] is >= ' ' and <= '~' ? FirstCharacter + text[i] - ' ' : Unknown, i, i + 1);
        }
        return loneSurrogates;
    }

    public override int EncodeMarkup(ReadOnlySpan<char> text, TokenList output) => throw new NotSupportedException();

    public override string Decode(ReadOnlySpan<int> ids)
    {
        System.Text.StringBuilder text = new();
        foreach (int id in ids)
        {
            if (!IsSpecial(id))
                text.Append((char)(' ' + id - FirstCharacter));
        }
        return text.ToString();
    }

    public override string DecodeMarkup(ReadOnlySpan<int> ids) => throw new NotSupportedException();

    public override string Spell(int id) => $"{id}";

    public override int Find(string spelling) => throw new NotSupportedException();

    public override TokenizerFiles ToFiles() => throw new NotSupportedException();
}
