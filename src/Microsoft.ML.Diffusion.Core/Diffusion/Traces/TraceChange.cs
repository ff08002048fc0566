namespace Microsoft.ML.Diffusion;

/// <summary>A position that a step changed.</summary>
/// <param name="Position">Where in the row.</param>
/// <param name="Token">The id that stands there now; the mask's where it was masked again.</param>
/// <param name="Probability">
/// The token's probability when it was written, as the denoiser said it before temperature, top-k and top-p; NaN where it was masked again,
/// where the end of the text filled it up, and where it is not known.
/// </param>
/// <param name="Kind">What was done.</param>
public readonly record struct TraceChange(int Position, int Token, float Probability, TraceChangeKind Kind);
