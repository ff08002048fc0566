namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>A model directory or one of its files cannot be used; the message names it, what was expected and what to do.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Creates the exception.</summary>
    public CheckpointException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public CheckpointException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
