namespace Microsoft.ML.Diffusion.Tool.Terminals;

/// <summary>The text of an error for a user of the command line.</summary>
internal static class ErrorText
{
    /// <summary>The exception's message, without the name of a parameter that .NET appends to it.</summary>
    public static string Of(Exception exception)
    {
        string message = exception.Message;
        if (exception is ArgumentException { ParamName: string name })
        {
            message = message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
                .Replace($"{Environment.NewLine}Parameter name: {name}", "", StringComparison.Ordinal);
        }
        return message;
    }
}
