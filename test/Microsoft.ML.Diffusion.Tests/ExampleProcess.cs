using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>An example of the examples folder, or another program that lies beside the tests, run in a
/// process of its own, as a user does.</summary>
internal static class ExampleProcess
{
    /// <summary>Runs an example to its end.</summary>
    /// <param name="example">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">The folder that it runs in; null for this process's.</param>
    public static (int Code, string Output, string Error) Run(string example, IEnumerable<string> arguments, string? directory = null)
    {
        using Process process = Start(example, arguments, directory);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Starts an example; the caller reads what it writes.</summary>
    public static Process Start(string example, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? ""
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{example}.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
