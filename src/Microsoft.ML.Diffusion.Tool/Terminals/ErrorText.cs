using System.Reflection;

namespace Microsoft.ML.Diffusion.Tool.Terminals;

/// <summary>The text of an error for a user of the command line.</summary>
internal static class ErrorText
{
    /// <summary>The start of the message with which ML.NET wraps an exception of a cursor's worker.</summary>
    private const string OfWorker = "Splitter/consolidator worker";

    /// <summary>The exception's message, without the name of a parameter that .NET appends to it.</summary>
    public static string Of(Exception exception)
    {
        exception = Unwrap(exception);
        return exception is ArgumentException { ParamName: string name }
            ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;
    }

    /// <summary>
    /// The exception that says what is wrong. ML.NET creates what a .zip names by reflection, and reads rows on other threads; its own
    /// messages then say no more than that.
    /// </summary>
    public static Exception Unwrap(Exception exception)
    {
        while (exception.InnerException is Exception inner &&
            (exception is TargetInvocationException || inner is TargetInvocationException ||
                exception.Message.StartsWith(OfWorker, StringComparison.Ordinal)))
            exception = inner;
        return exception;
    }
}
