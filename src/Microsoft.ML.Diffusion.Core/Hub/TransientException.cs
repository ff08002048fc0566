namespace Microsoft.ML.Diffusion.Hub;

/// <summary>A request failed in a way that may pass: a broken connection, a silent server, or a status that says so.</summary>
internal sealed class TransientException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The pause that the server asks for, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
