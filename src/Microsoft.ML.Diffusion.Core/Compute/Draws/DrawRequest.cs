namespace Microsoft.ML.Diffusion.Compute;

/// <summary>What is requested of one row by <see cref="Executor.Draw"/>.</summary>
/// <param name="Uniform">The uniform in (0, 1) that picks the token.</param>
/// <param name="TopK">How many of the most likely tokens may be drawn; 0 for all.</param>
/// <param name="Banned">A token that is banned in this row alone; −1 for none.</param>
public readonly record struct DrawRequest(double Uniform, int TopK, int Banned);
