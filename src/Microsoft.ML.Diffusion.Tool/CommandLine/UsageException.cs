namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>Arguments that do not fit together. The message says which, and what was expected.</summary>
internal sealed class UsageException(string message) : Exception(message);
