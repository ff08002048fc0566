using System.CommandLine;

namespace Microsoft.ML.Diffusion;

/// <summary>Runs a program of commands: a bad input or file ends it with one line that says so, not with a stack trace.</summary>
internal static class CommandRunner
{
    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="root">The program.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="terminationTimeout">How long a command may take to end when the process is asked to end.</param>
    /// <returns>The exit code: 1 for an error.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TimeSpan? terminationTimeout = null)
    {
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        if (terminationTimeout is TimeSpan timeout)
            configuration.ProcessTerminationTimeout = timeout;
        try
        {
            return await root.Parse(args).InvokeAsync(configuration);
        }
        // All but errors of the program itself: those keep their stack trace.
        catch (Exception exception) when (exception is not (NullReferenceException or IndexOutOfRangeException or InvalidCastException))
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
