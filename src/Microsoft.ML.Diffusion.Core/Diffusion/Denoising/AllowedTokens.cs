namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>
/// Says which tokens may be written at a position of a row: true for each allowed token, [vocabulary]; empty to allow all.
/// </summary>
/// <param name="row">The row's index among those given to the loop.</param>
/// <param name="position">The position in the row.</param>
internal delegate ReadOnlySpan<bool> AllowedTokens(int row, int position);
