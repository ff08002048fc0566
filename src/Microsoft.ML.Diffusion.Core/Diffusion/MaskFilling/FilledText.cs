namespace Microsoft.ML.Diffusion;

/// <summary>A text with its masks filled.</summary>
/// <param name="Text">
/// The text with the most probable candidate in place of each mask. The rest is as it was, but for the spaces next to a mask: whitespace
/// before it is left out if the candidate continues the word there or is a punctuation mark that follows directly, and where the vocabulary
/// has no spaces (WordPiece) a word is set apart from a letter next to it.
/// </param>
/// <param name="Masks">The masks that the model read, in order; empty for a text without a mask.</param>
/// <param name="CutMasks">The number of masks in the end that was cut; they stay in <paramref name="Text"/>.</param>
/// <param name="IsCut">Whether the text is longer than <see cref="MaskFillingSettings.MaxLength"/>, so that its end was not read.</param>
/// <param name="LoneSurrogates">The number of lone surrogates in the text; the model read each as U+FFFD.</param>
public sealed record FilledText(string Text, IReadOnlyList<FilledMask> Masks, int CutMasks, bool IsCut, int LoneSurrogates);
