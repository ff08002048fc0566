namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>The options in which WordPiece tokenizers differ; the defaults are bert-base-uncased's.</summary>
internal sealed record WordPieceOptions
{
    /// <summary>Whether letters are converted to lowercase.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>
    /// Whether accents (non-spacing marks, after canonical decomposition) are removed; null for the value of <see cref="Lowercase"/>.
    /// </summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether each CJK character is a word.</summary>
    public bool HandleChineseCharacters { get; init; } = true;

    /// <summary>Whether control characters are removed and all whitespace characters become spaces.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>
    /// Words of more characters (code points, normalized) are unknown. 100 as in Hugging Face's tokenizers; 200 in Google's.
    /// </summary>
    public int MaxCharactersPerWord { get; init; } = 100;

    /// <summary>The prefix of a piece's spelling if it continues a word.</summary>
    public string ContinuationPrefix { get; init; } = "##";

    /// <summary>Whether decoding removes the spaces before . ? ! , and around apostrophes.</summary>
    public bool CleanUpOnDecode { get; init; } = true;

    /// <summary>How texts become sequences; null if that is not known.</summary>
    public SequenceTemplate? Template { get; init; }

    /// <summary>The spellings of the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Bert;
}
