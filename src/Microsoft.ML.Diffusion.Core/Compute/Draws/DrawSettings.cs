namespace Microsoft.ML.Diffusion.Compute;

/// <summary>How <see cref="Executor.Draw"/> draws in all rows of a call.</summary>
/// <param name="Temperature">
/// Logits are divided by it; 0 takes the greatest. Its inverse is held between 10⁻³⁰ and 10³⁰, so that products with it stay numbers.
/// </param>
/// <param name="TopP">The most likely tokens that together reach this probability may be drawn; 1 for all.</param>
/// <param name="Score">What is measured of each row.</param>
public readonly record struct DrawSettings(double Temperature, double TopP, DrawScore Score);
