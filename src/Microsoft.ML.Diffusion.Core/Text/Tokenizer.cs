namespace Microsoft.ML.Diffusion.Text;

/// <summary>Converts text to the tokens of one vocabulary and back. Instances are immutable and may be shared between threads.</summary>
public abstract class Tokenizer
{
    /// <summary>The highest id plus one: every id, also of special tokens, is in [0, VocabularySize). Some may have no token.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id of the token that opens a sequence (<c>[CLS]</c>, <c>&lt;s&gt;</c>).</summary>
    public abstract int BeginToken { get; }

    /// <summary>The id of the token that closes a sequence (<c>[SEP]</c>, <c>&lt;/s&gt;</c>).</summary>
    public abstract int EndToken { get; }

    /// <summary>The id of the mask token (<c>[MASK]</c>, <c>&lt;mask&gt;</c>).</summary>
    public abstract int MaskToken { get; }

    /// <summary>The id of the padding token (<c>[PAD]</c>, <c>&lt;pad&gt;</c>).</summary>
    public abstract int PadToken { get; }

    /// <summary>The id of the unknown token, for text that the vocabulary cannot spell (<c>[UNK]</c>, <c>&lt;unk&gt;</c>).</summary>
    public abstract int UnknownToken { get; }

    /// <summary>Whether an id represents no text; such an id is never written. An id without a token represents none.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>Whether an id may be written: it represents text, and that text is encoded to this id.</summary>
    internal virtual bool IsWritable(int id) => !IsSpecial(id);

    /// <summary>
    /// Appends the tokens of <paramref name="text"/>, without opening and closing tokens, to <paramref name="output"/>. The name of a
    /// special token in the text, such as <c>[MASK]</c> in user input, is plain text.
    /// </summary>
    /// <returns>The number of lone surrogates; each is read as U+FFFD.</returns>
    public abstract int Encode(ReadOnlySpan<char> text, TokenList output);

    /// <summary>
    /// Like <see cref="Encode"/>, but the names of special tokens in the text become those tokens, as in Hugging Face's tokenizers. Do not
    /// use it for untrusted text.
    /// </summary>
    /// <returns>The number of lone surrogates; each is read as U+FFFD.</returns>
    public abstract int EncodeMarkup(ReadOnlySpan<char> text, TokenList output);

    /// <summary>
    /// Like <see cref="Encode"/>, but the name of the mask in the text becomes the mask. The names of other special tokens are plain text,
    /// unless the tokenizer is of another assembly, which has only <see cref="EncodeMarkup"/> to offer.
    /// </summary>
    /// <returns>The number of lone surrogates; each is read as U+FFFD.</returns>
    internal virtual int EncodeWithMasks(ReadOnlySpan<char> text, TokenList output) => EncodeMarkup(text, output);

    /// <summary>The text of a run of tokens; special tokens have no text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>The text of a run of tokens, including the spellings of special tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string DecodeMarkup(ReadOnlySpan<int> ids);

    /// <summary>The token's spelling in the vocabulary; empty for an id without a token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public abstract string Spell(int id);

    /// <summary>The id of the token with this spelling, or −1.</summary>
    public abstract int Find(string spelling);

    /// <summary>How texts become sequences, if the tokenizer's files or its model's configuration say so; else null.</summary>
    internal virtual SequenceTemplate? Template => null;

    /// <summary>Reads the tokenizer of a Hugging Face directory.</summary>
    /// <inheritdoc cref="FromFiles"/>
    public static Tokenizer FromDirectory(string directory) => FromFiles(TokenizerFiles.FromDirectory(directory));

    /// <summary>
    /// Reads a tokenizer: tokenizer.json if present, otherwise vocab.txt (WordPiece), otherwise vocab.json and merges.txt (byte-level BPE);
    /// options and special tokens from tokenizer_config.json, special_tokens_map.json and added_tokens.json if present. From a directory,
    /// tokenizer_class and model_type in config.json, and do_lower_case in sentence_bert_config.json, count too.
    /// </summary>
    /// <exception cref="TokenizerException">Files are missing or invalid, or belong to another kind of tokenizer.</exception>
    public static Tokenizer FromFiles(TokenizerFiles files) => TokenizerLoader.Load(files);

    /// <summary>The tokenizer's files, in the Hugging Face layout.</summary>
    public abstract TokenizerFiles ToFiles();

    /// <summary>The tokenizer's files, in the Hugging Face layout.</summary>
    /// <param name="template">How texts become sequences, if <see cref="Template"/> is null.</param>
    internal virtual TokenizerFiles ToFiles(SequenceTemplate template) => ToFiles();

    /// <summary>Writes the tokenizer's files, in the Hugging Face layout, into a directory.</summary>
    public void Save(string directory) => ToFiles().Save(directory);
}
