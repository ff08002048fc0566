namespace Microsoft.ML.Diffusion;

/// <summary>What a step did to a position.</summary>
public enum TraceChangeKind : byte
{
    /// <summary>A mask became a token.</summary>
    Written,

    /// <summary>A token was replaced by another, or written again unchanged, in one step.</summary>
    Rewritten,

    /// <summary>A token became a mask again.</summary>
    MaskedAgain,
}
