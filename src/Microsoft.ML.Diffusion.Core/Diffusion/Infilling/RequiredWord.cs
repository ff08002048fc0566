namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A word that must be written, and its tokens.</summary>
/// <param name="Text">The word.</param>
/// <param name="Tokens">Its tokens after a blank, which they spell where the vocabulary spells blanks.</param>
/// <param name="BareTokens">Its tokens where no blank is before it.</param>
internal sealed record RequiredWord(string Text, int[] Tokens, int[] BareTokens);
