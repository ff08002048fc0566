namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>What WordPiece tokenizers differ in; the defaults are bert-base-uncased's.</summary>
internal sealed record WordPieceOptions
{
    /// <summary>Whether letters are made small.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Whether accents (non-spacing marks, after canonical decomposition) are left out; null: where <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether each CJK character is a word.</summary>
    public bool HandleChineseCharacters { get; init; } = true;

    /// <summary>Whether control characters are left out and every white character is a space.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>Words of more characters (code points, normalised) are unknown. 100 as in Hugging Face's tokenizers; 200 in Google's.</summary>
    public int MaxCharactersPerWord { get; init; } = 100;

    /// <summary>What the spelling of a piece starts with where it continues a word.</summary>
    public string ContinuationPrefix { get; init; } = "##";

    /// <summary>Whether decoding takes out the spaces before . ? ! , and around apostrophes.</summary>
    public bool CleanUpOnDecode { get; init; } = true;

    /// <summary>How the vocabulary spells the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Bert;
}
