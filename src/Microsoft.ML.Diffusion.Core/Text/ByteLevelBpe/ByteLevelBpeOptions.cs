namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>What byte-level BPE tokenizers differ in.</summary>
internal sealed record ByteLevelBpeOptions
{
    /// <summary>Whether a space is put before a text that starts with no white character, so that its first word is a word like any other.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether text is put into Unicode's normalization form C first, as ModernBERT has it: decoding then gives that form back.</summary>
    public bool NormalizeToFormC { get; init; }

    /// <summary>Whether a token's span leaves out the spaces at its ends.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>
    /// The expression that cuts text into words, each match one and each gap; null: GPT-2's. Another is in .NET's syntax, of characters and
    /// sets, groups, alternatives and repeats (characters beyond the basic plane are in no \p class); one with look-around, anchors or
    /// back-references, or of more than 1,000 characters or steps, is refused. What a text may cost is bounded, whatever the machine: where the
    /// expression reads far beyond the words it matches, a long text fails with a <see cref="TokenizerException"/>. It does not go together
    /// with <see cref="AddPrefixSpace"/>.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>How the vocabulary spells the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Roberta;
}
