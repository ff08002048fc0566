using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Runs ModelLoader, which lies beside the tests, in a process of its own, with the assemblies of the tests.</summary>
internal static class FreshProcess
{
    private const string Tests = "Microsoft.ML.Diffusion.Onnx.Tests";

    /// <summary>The lines written by ModelLoader: the model's parts, its input schema, then an output a text.</summary>
    public static string[] LoadAndTransform(string modelPath, string inputColumn, string outputColumn, params string[] texts)
    {
        (int code, string output, string errors) = Run([modelPath, inputColumn, outputColumn, .. texts]);
        Assert.AreEqual(0, code, errors);
        return output.TrimEnd('\n', '\r').Split('\n', StringSplitOptions.TrimEntries);
    }

    /// <summary>Runs ModelLoader with arguments.</summary>
    public static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host &&
            Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", "--depsfile", Beside($"{Tests}.deps.json"), "--runtimeconfig",
            Beside($"{Tests}.runtimeconfig.json"), Beside("ModelLoader.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, file);
}
