using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A program whose last line is a JSON object.</summary>
internal static class JsonProcess
{
    /// <summary>Runs the program to its end and returns that object.</summary>
    /// <exception cref="PeerException">The program cannot be started, fails, or writes no such line.</exception>
    public static async Task<JsonObject> Run(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = Start(start);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken),
                errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            string written = await output;
            if (process.ExitCode != 0)
                throw new PeerException(
                    $"'{Line(start)}' ended with code {process.ExitCode}; eng/bench/peers/README.md lists its requirements. Its error " +
                    $"output:{Environment.NewLine}{(await errors).Trim()}");
            string last = written.TrimEnd().Split('\n')[^1];
            return last.StartsWith('{') ? JsonNode.Parse(last)!.AsObject()
                : throw new PeerException(
                    $"'{Line(start)}' wrote '{last}' as its last line; expected a JSON object. Run the command alone to see its output.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new PeerException(
                $"'{start.FileName}' cannot be started: {exception.Message}. Install it, or put its folder on the PATH.", exception);
        }
    }

    private static string Line(ProcessStartInfo start) => string.Join(' ', start.ArgumentList.Prepend(start.FileName));
}
