namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>Says which tokens may be written at a position of a row: true for those that may, [vocabulary]; empty for all.</summary>
/// <param name="row">Where the row stands among those given to the loop.</param>
/// <param name="position">The position in the row.</param>
internal delegate ReadOnlySpan<bool> AllowedTokens(int row, int position);
