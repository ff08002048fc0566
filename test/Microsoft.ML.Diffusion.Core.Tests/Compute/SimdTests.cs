using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Every SIMD path against the float64 scalar engine, each in a process of its own that the runtime keeps from wider
/// instruction sets, and that says which path it got.
/// </summary>
[TestClass]
public class SimdTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("AVX-512", "")]
    [DataRow("AVX-512", "DOTNET_EnableAVXVNNI")]
    [DataRow("AVX2", "DOTNET_EnableAVX512")]
    [DataRow("Vector128", "DOTNET_EnableAVX2")]
    [DataRow("scalar", "DOTNET_EnableHWIntrinsic")]
    public void Agrees_with_the_scalar_reference(string instructionSet, string switchedOff)
    {
        string[] order = ["scalar", "Vector128", "AVX2", "AVX-512"];
        if (Array.IndexOf(order, instructionSet) > Array.IndexOf(order, CpuEngine.InstructionSet))
            Assert.Inconclusive($"Skipped: this machine has {CpuEngine.InstructionSet} only.");
        List<SimdResult> results = Probe(switchedOff);
        Assert.IsGreaterThanOrEqualTo(18, results.Count);
        foreach (SimdResult result in results)
        {
            TestContext.WriteLine($"{result.InstructionSet}, {result.Group}: {result.Error:0.0e0} over {result.Count} comparisons");
            Assert.AreEqual(instructionSet, result.InstructionSet);
            Assert.IsLessThan(Tolerance(result.Group), result.Error, result.Group);
        }
    }

    /// <summary>The largest difference, relative to the largest element of the result.</summary>
    private static double Tolerance(string group) => group switch
    {
        "pack" => double.Epsilon, // equal bits
        "exp" => 2.5e-7,
        "erf" => 5e-7,
        _ => 1e-5,
    };

    private static List<SimdResult> Probe(string switchedOff)
    {
        // This runtime's own host: shared/Microsoft.NETCore.App/version lies three levels below it.
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        ProcessStartInfo start =
            new(host, ["exec", typeof(SimdProbe).Assembly.Location]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in new[] { "DOTNET_EnableAVX512", "DOTNET_EnableAVXVNNI", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic" })
            start.Environment.Remove(name);
        if (switchedOff.Length > 0)
            start.Environment[switchedOff] = "0";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => JsonSerializer.Deserialize<SimdResult>(line)!)];
    }
}
