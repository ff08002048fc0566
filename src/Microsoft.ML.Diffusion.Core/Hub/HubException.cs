namespace Microsoft.ML.Diffusion;

/// <summary>A model cannot be downloaded; the message says what was asked for, what was found or expected, and what to do.</summary>
public sealed class HubException : IOException
{
    /// <summary>Creates the exception.</summary>
    public HubException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public HubException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
