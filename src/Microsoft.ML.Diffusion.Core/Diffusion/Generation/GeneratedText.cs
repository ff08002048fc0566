namespace Microsoft.ML.Diffusion;

/// <summary>A generated text.</summary>
/// <param name="Text">
/// The new tokens decoded, without the prompt. Whitespace at the start is preserved: where a vocabulary has spaces in its tokens
/// (byte-level BPE), prompt and text can be concatenated as they are.
/// </param>
/// <param name="TokenIds">The new tokens, [MaxNewTokens], or fewer if the text ended before; none is special.</param>
/// <param name="Truncated">Whether the start of the prompt was left out, by <see cref="PromptTooLong.KeepEnd"/>.</param>
/// <param name="LoneSurrogates">The number of lone surrogates in the prompt; each was read as U+FFFD.</param>
/// <param name="Calls">The number of times the denoiser ran this text.</param>
public sealed record GeneratedText(string Text, IReadOnlyList<int> TokenIds, bool Truncated, int LoneSurrogates, int Calls);
