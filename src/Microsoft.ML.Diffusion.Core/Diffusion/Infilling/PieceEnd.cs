namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>How a piece of a template ends, where a gap follows.</summary>
internal enum PieceEnd
{
    /// <summary>With a letter, a digit, or a mark after which a blank is usual; what follows brings its own blank, or continues the word.</summary>
    Joined,

    /// <summary>With a mark that opens or connects, after which no blank stands.</summary>
    Opening,

    /// <summary>With a blank that is spelled by the first token of what follows, or not at all (WordPiece).</summary>
    Blank,

    /// <summary>With a white character that a token of the piece spells.</summary>
    Space,
}
