namespace Microsoft.ML.Diffusion.Text;

/// <summary>A tokenizer's files are invalid; the message names the file, what was found, what was expected and what to do.</summary>
public sealed class TokenizerException : IOException
{
    /// <summary>Makes an exception.</summary>
    public TokenizerException(string message) : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    public TokenizerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
