namespace Microsoft.ML.Diffusion;

/// <summary>A step that changed something.</summary>
/// <param name="Number">The step's number, from 1.</param>
/// <param name="Changes">What it changed, by position.</param>
public sealed record TraceStep(int Number, IReadOnlyList<TraceChange> Changes);
