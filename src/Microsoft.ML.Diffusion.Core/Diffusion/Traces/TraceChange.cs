namespace Microsoft.ML.Diffusion;

/// <summary>A position that a step changed.</summary>
/// <param name="Position">The position in the row.</param>
/// <param name="Token">The id at the position after the step; the mask's if it was masked again.</param>
/// <param name="Probability">
/// The token's probability when it was written, as the denoiser gave it before temperature, top-k and top-p; NaN if the position was masked
/// again, if it was filled after the end of the text, or if the probability is unknown.
/// </param>
/// <param name="Kind">What was done.</param>
public readonly record struct TraceChange(int Position, int Token, float Probability, TraceChangeKind Kind);
