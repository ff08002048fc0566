namespace Microsoft.ML.Diffusion.Bench;

/// <summary>What is measured against is not there or does not run; the message says what to do.</summary>
internal sealed class PeerException(string message, Exception? inner = null) : Exception(message, inner);
