namespace Microsoft.ML.Diffusion;

/// <summary>A token that may stand in place of a mask.</summary>
/// <param name="Text">
/// The token's text by itself, as its tokenizer decodes it: <c>Paris</c> (WordPiece), <c> Paris</c> with the space that belongs to the
/// token (byte-level BPE), <c>##ing</c> for a WordPiece token that continues a word. For a special token its name, such as
/// <c>[SEP]</c>; for one that is a part of a character, the vocabulary's spelling.
/// </param>
/// <param name="TokenId">The token's id.</param>
/// <param name="Probability">
/// The probability of the token at the mask, given the whole text and with every other mask left in place: the softmax over the model's
/// whole vocabulary.
/// </param>
public sealed record MaskCandidate(string Text, int TokenId, double Probability);
