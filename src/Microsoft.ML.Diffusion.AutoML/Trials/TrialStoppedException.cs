namespace Microsoft.ML.Diffusion.Trials;

/// <summary>Stops a trial early.</summary>
internal sealed class TrialStoppedException : Exception;
