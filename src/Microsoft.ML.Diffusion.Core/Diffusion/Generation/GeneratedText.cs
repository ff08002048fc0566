namespace Microsoft.ML.Diffusion;

/// <summary>A text that was written.</summary>
/// <param name="Text">
/// The new tokens decoded, without the prompt. Space at its start is kept: where a vocabulary spells spaces (byte-level BPE), prompt and
/// text join as they are.
/// </param>
/// <param name="TokenIds">The new tokens, [MaxNewTokens], or fewer where the text ended before; none is special.</param>
/// <param name="Truncated">Whether the start of the prompt was left out, by <see cref="PromptTooLong.KeepEnd"/>.</param>
/// <param name="LoneSurrogates">How many lone surrogates the prompt had, each read as U+FFFD.</param>
/// <param name="Calls">How many times the denoiser ran this text.</param>
public sealed record GeneratedText(string Text, IReadOnlyList<int> TokenIds, bool Truncated, int LoneSurrogates, int Calls);
