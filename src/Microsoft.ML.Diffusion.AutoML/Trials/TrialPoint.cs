namespace Microsoft.ML.Diffusion;

/// <summary>An intermediate measurement of a trial.</summary>
/// <param name="Position">The progress of the trial: texts written, or epochs.</param>
/// <param name="Loss">The loss at that point; lower is better.</param>
public readonly record struct TrialPoint(double Position, double Loss);
