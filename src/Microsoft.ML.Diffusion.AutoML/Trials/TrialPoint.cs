namespace Microsoft.ML.Diffusion;

/// <summary>What was measured on the way.</summary>
/// <param name="Position">How far the trial was: texts written, or epochs.</param>
/// <param name="Loss">The loss there; less is better.</param>
public readonly record struct TrialPoint(double Position, double Loss);
