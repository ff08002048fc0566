namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>How a piece of a template ends, where a gap follows.</summary>
internal enum PieceEnd
{
    /// <summary>
    /// With a letter, a digit, or a mark that is usually followed by a space; what follows brings its own space or continues the word.
    /// </summary>
    Joined,

    /// <summary>With an opening or connecting mark, which no space follows.</summary>
    Opening,

    /// <summary>With a space that is part of the next token, or of none (WordPiece).</summary>
    PendingSpace,

    /// <summary>With whitespace that is in a token of the piece.</summary>
    Space,
}
