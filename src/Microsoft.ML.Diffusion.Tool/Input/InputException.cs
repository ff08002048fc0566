namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>An input that cannot be read as asked. The message says what was found, what was expected and what to do.</summary>
internal sealed class InputException : Exception
{
    public InputException(string message) : base(message)
    {
    }

    public InputException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
