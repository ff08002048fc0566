namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A word that must be written, and its tokens.</summary>
/// <param name="Text">The word.</param>
/// <param name="Tokens">Its tokens after a space, which is part of them where the vocabulary has spaces in its tokens.</param>
/// <param name="BareTokens">Its tokens without a space before it.</param>
internal sealed record RequiredWord(string Text, int[] Tokens, int[] BareTokens);
