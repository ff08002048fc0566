namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// A file of examples is invalid; the message names the file, the place, what was found, what was expected and what to do.
/// </summary>
public sealed class TaskFileException : IOException
{
    /// <summary>Makes an exception.</summary>
    public TaskFileException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    public TaskFileException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
