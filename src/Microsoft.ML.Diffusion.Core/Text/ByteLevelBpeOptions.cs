namespace Microsoft.ML.Diffusion.Text;

/// <summary>What byte-level BPE tokenizers differ in.</summary>
public sealed record ByteLevelBpeOptions
{
    /// <summary>Whether a space is put before a text that starts with no white character, so that its first word is a word like any other.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether a token's span leaves out the spaces at its ends.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>How the vocabulary spells the special tokens.</summary>
    public SpecialTokenNames SpecialTokens { get; init; } = SpecialTokenNames.Roberta;
}
