namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A peer is missing or does not run; the message has the remedy.</summary>
internal sealed class PeerException(string message, Exception? inner = null) : Exception(message, inner);
