namespace Microsoft.ML.Diffusion.Text;

/// <summary>Turns text into the tokens of one vocabulary and back. Instances are immutable and may be shared between threads.</summary>
public abstract class Tokenizer
{
    /// <summary>The number of ids, special tokens included: every id is in [0, VocabularySize).</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id of the token that opens a sequence (<c>[CLS]</c>, <c>&lt;s&gt;</c>).</summary>
    public abstract int BeginToken { get; }

    /// <summary>The id of the token that closes a sequence (<c>[SEP]</c>, <c>&lt;/s&gt;</c>).</summary>
    public abstract int EndToken { get; }

    /// <summary>The id that stands for a masked position (<c>[MASK]</c>, <c>&lt;mask&gt;</c>).</summary>
    public abstract int MaskToken { get; }

    /// <summary>The id used to pad (<c>[PAD]</c>, <c>&lt;pad&gt;</c>).</summary>
    public abstract int PadToken { get; }

    /// <summary>Whether an id stands for no text: it is never written.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>Appends the tokens of <paramref name="text"/>, without opening and closing tokens, to <paramref name="output"/>.</summary>
    /// <returns>The number of lone surrogates, each read as U+FFFD.</returns>
    public abstract int Encode(ReadOnlySpan<char> text, TokenList output);

    /// <summary>The text of a run of tokens; special tokens stand for no text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>The token as the vocabulary spells it.</summary>
    public abstract string Spell(int id);

    /// <summary>Writes the tokenizer's files (as the Hugging Face layout has them) into a directory.</summary>
    public abstract void Save(string directory);
}
