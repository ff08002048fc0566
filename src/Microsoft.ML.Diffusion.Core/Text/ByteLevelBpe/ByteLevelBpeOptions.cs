namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>The options in which byte-level BPE tokenizers differ.</summary>
internal sealed record ByteLevelBpeOptions
{
    /// <summary>
    /// Whether a text that does not start with whitespace is read with a space before it, so that its first word is like any other.
    /// </summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>
    /// Whether text is first converted to Unicode's normalization form C, as in ModernBERT; decoding then returns that form.
    /// </summary>
    public bool NormalizeToFormC { get; init; }

    /// <summary>Whether a token's span excludes the spaces at its ends.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>
    /// The expression that splits text into words, where each match and each gap is one; null for GPT-2's. Other expressions use .NET's
    /// syntax, with characters and sets, groups, alternatives and repeats (characters beyond the basic plane are in no \p class). One with
    /// look-around, anchors or back-references, or of more than 1,000 characters or steps, is rejected. The work per text is bounded,
    /// independently of the machine: if the expression reads far beyond the words that it matches, a long text fails with a
    /// <see cref="TokenizerException"/>. It cannot be combined with <see cref="AddPrefixSpace"/>.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>How texts become sequences; null if that is not known.</summary>
    public SequenceTemplate? Template { get; init; }

    /// <summary>The spellings of the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Roberta;
}
