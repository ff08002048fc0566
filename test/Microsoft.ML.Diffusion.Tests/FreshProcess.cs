using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Runs ModelLoader, which lies beside the tests, in a process of its own.</summary>
internal static class FreshProcess
{
    /// <summary>The lines written by ModelLoader: the model's parts, its input schema, then an output a text.</summary>
    public static string[] LoadAndTransform(string modelPath, string inputColumn, string outputColumn, params string[] texts)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host &&
            Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ModelLoader.dll"));
        foreach (string argument in (string[])[modelPath, inputColumn, outputColumn, .. texts])
            start.ArgumentList.Add(argument);

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output.TrimEnd('\n', '\r').Split('\n', StringSplitOptions.TrimEntries);
    }
}
