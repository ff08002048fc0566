using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Loads saved models on libtorch's CPU in a process of its own, which is this assembly's program.</summary>
internal static class FreshProcess
{
    public const string LoadCommand = "load", OutputsCommand = "outputs";

    /// <summary>The lines that <see cref="Loader"/> writes: the model's parts, its input schema, then an output a text.</summary>
    public static string[] LoadAndTransform(string modelPath, string inputColumn, string outputColumn, params string[] texts) =>
        Run([LoadCommand, modelPath, inputColumn, outputColumn, .. texts]).TrimEnd('\n', '\r').Split('\n', StringSplitOptions.TrimEntries);

    /// <summary>What each .zip of a directory gives for <see cref="SavedModelRow.Rows"/>, by its name.</summary>
    public static Dictionary<string, SortedDictionary<string, string[]>> Outputs(string directory) =>
        JsonSerializer.Deserialize<Dictionary<string, SortedDictionary<string, string[]>>>(Run([OutputsCommand, directory]))!;

    public static int LoadAsChild(string[] arguments)
    {
        Loader.Run(Contexts.Create(), arguments);
        return 0;
    }

    public static int WriteOutputsAsChild(string directory)
    {
        var outputs = new Dictionary<string, SortedDictionary<string, string[]>>();
        MLContext context = Contexts.Create();
        foreach (string path in Directory.GetFiles(directory, "*.zip"))
            outputs.Add(Path.GetFileNameWithoutExtension(path), SavedModels.Outputs(context, context.Model.Load(path, out _)));
        Console.WriteLine(JsonSerializer.Serialize(outputs));
        return 0;
    }

    private static string Run(string[] arguments)
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        var start = new ProcessStartInfo(host, ["exec", typeof(FreshProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output;
    }
}
