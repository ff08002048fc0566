namespace Microsoft.ML.Diffusion.Trials;

/// <summary>Ends a trial that is not worth going on with.</summary>
internal sealed class TrialStoppedException : Exception;
