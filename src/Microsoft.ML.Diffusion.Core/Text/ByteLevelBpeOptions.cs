namespace Microsoft.ML.Diffusion.Text;

/// <summary>What byte-level BPE tokenizers differ in.</summary>
public sealed record ByteLevelBpeOptions
{
    /// <summary>Whether a space is put before a text that starts with no white character, so that its first word is a word like any other.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether text is put into Unicode's normalization form C first, as ModernBERT has it: decoding then gives that form back.</summary>
    public bool NormalizeToFormC { get; init; }

    /// <summary>Whether a token's span leaves out the spaces at its ends.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>
    /// The expression that cuts text into words, each match one and each gap; null: GPT-2's. Another is run non-backtracking by .NET
    /// (time linear in the text for each word; characters beyond the basic plane are in no \p class), and refused where it cannot be; it does not
    /// go together with <see cref="AddPrefixSpace"/>.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>How the vocabulary spells the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Roberta;
}
