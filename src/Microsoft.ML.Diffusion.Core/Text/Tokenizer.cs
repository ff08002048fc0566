namespace Microsoft.ML.Diffusion.Text;

/// <summary>Turns text into the tokens of one vocabulary and back. Instances are immutable and may be shared between threads.</summary>
public abstract class Tokenizer
{
    /// <summary>One more than the highest id, special tokens included: ids are in [0, VocabularySize). Some may have no token.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id of the token that opens a sequence (<c>[CLS]</c>, <c>&lt;s&gt;</c>).</summary>
    public abstract int BeginToken { get; }

    /// <summary>The id of the token that closes a sequence (<c>[SEP]</c>, <c>&lt;/s&gt;</c>).</summary>
    public abstract int EndToken { get; }

    /// <summary>The id that stands for a masked position (<c>[MASK]</c>, <c>&lt;mask&gt;</c>).</summary>
    public abstract int MaskToken { get; }

    /// <summary>The id used to pad (<c>[PAD]</c>, <c>&lt;pad&gt;</c>).</summary>
    public abstract int PadToken { get; }

    /// <summary>The id that stands for text the vocabulary cannot spell (<c>[UNK]</c>, <c>&lt;unk&gt;</c>).</summary>
    public abstract int UnknownToken { get; }

    /// <summary>Whether an id stands for no text: it is never written. An id that has no token is such a one.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>Whether an id may be written: it stands for text, and is the id that its text is encoded to.</summary>
    internal virtual bool IsWritable(int id) => !IsSpecial(id);

    /// <summary>
    /// Appends the tokens of <paramref name="text"/>, without opening and closing tokens, to <paramref name="output"/>. What looks like
    /// a special token, as <c>[MASK]</c> in a user's text, is text like any other.
    /// </summary>
    /// <returns>The number of lone surrogates, each read as U+FFFD.</returns>
    public abstract int Encode(ReadOnlySpan<char> text, TokenList output);

    /// <summary>
    /// As <see cref="Encode"/>, but the names of special tokens in the text stand for those tokens, as Hugging Face's tokenizers read
    /// them. Not for text that others wrote.
    /// </summary>
    /// <returns>The number of lone surrogates, each read as U+FFFD.</returns>
    public abstract int EncodeMarkup(ReadOnlySpan<char> text, TokenList output);

    /// <summary>The text of a run of tokens; special tokens stand for no text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>The text of a run of tokens, special tokens as the vocabulary spells them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string DecodeMarkup(ReadOnlySpan<int> ids);

    /// <summary>The token as the vocabulary spells it; nothing for an id that has no token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract string Spell(int id);

    /// <summary>The id of the token that the vocabulary spells so, or −1.</summary>
    public abstract int Find(string spelling);

    /// <summary>Reads the tokenizer of a Hugging Face directory.</summary>
    /// <inheritdoc cref="FromFiles"/>
    public static Tokenizer FromDirectory(string directory) => FromFiles(TokenizerFiles.FromDirectory(directory));

    /// <summary>
    /// Reads a tokenizer: tokenizer.json where it is there, else vocab.txt (WordPiece), else vocab.json and merges.txt (byte-level BPE);
    /// options and special tokens from tokenizer_config.json, special_tokens_map.json and added_tokens.json where they are there.
    /// </summary>
    /// <exception cref="TokenizerException">The files are missing, do not say what they must, or are of another kind of tokenizer.</exception>
    public static Tokenizer FromFiles(TokenizerFiles files) => TokenizerLoader.Load(files);

    /// <summary>The tokenizer's files, as the Hugging Face layout has them.</summary>
    public abstract TokenizerFiles ToFiles();

    /// <summary>Writes the tokenizer's files (as the Hugging Face layout has them) into a directory.</summary>
    public void Save(string directory) => ToFiles().Save(directory);
}
