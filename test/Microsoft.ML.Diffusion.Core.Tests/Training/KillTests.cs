using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>A training in a process of its own, killed (SIGKILL) some times and resumed each time, ends
/// as one that was left alone.</summary>
[TestClass]
public sealed class KillTests
{
    [TestMethod]
    [DataRow(Scenario.Diffusion)]
    [DataRow(Scenario.Toy)]
    public void Kills_leave_no_trace_in_the_weights(string scenario)
    {
        using var directory = new TemporaryDirectory();
        string snapshots = directory["snapshots"];
        (string expectedWeights, string expectedReport) = Scenario.Run(scenario, directory: null);

        long least = 1, most = 1;
        for (int kill = 0; kill < TestEngine.Kills; kill++)
        {
            // After one to three steps; every other time as soon as the snapshot of the last is seen being written.
            int steps = 1 + (int)(3 * Philox.Uniform(11, 0, (ulong)kill));
            long first = RunUntil(scenario, snapshots, steps, amidSnapshot: kill % 2 == 1);
            Assert.IsInRange(least, most, first, "no kill lost more than the step it fell into");
            (least, most) = (first + steps - 1, first + steps);
        }

        using Process process = Start(scenario, snapshots);
        process.StandardInput.Close();
        string[] lines = process.StandardOutput.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode);
        Assert.AreEqual("weights " + expectedWeights, lines[^2]);
        Assert.AreEqual("report " + expectedReport, lines[^1]);
        Assert.AreEqual(1, Directory.GetFileSystemEntries(snapshots).Length, "what killed processes left is gone");
    }

    /// <summary>
    /// Runs some steps, lets it go on, and kills; gives the first step that was made. The process waits after each step for a line, so
    /// that it does not come farther than to the end of the next, however slow this one is.
    /// </summary>
    private static long RunUntil(string scenario, string snapshots, int steps, bool amidSnapshot)
    {
        using Process process = Start(scenario, snapshots);
        long first = 0;
        for (int i = 0; i < steps; i++)
        {
            string? line = process.StandardOutput.ReadLine();
            StringAssert.StartsWith(line, "step ",
                $"the run ended before it was killed: {(line is null ? process.StandardError.ReadToEnd() : line)}");
            if (i == 0)
                first = long.Parse(line.AsSpan(5));
            process.StandardInput.WriteLine();
        }
        string written = $"step-{first + steps - 1:D9}";
        while (amidSnapshot && !Directory.Exists(Path.Combine(snapshots, written)) && !IsBeingWritten(snapshots, written))
            Thread.SpinWait(100);
        process.Kill();
        process.WaitForExit();
        return first;
    }

    private static bool IsBeingWritten(string snapshots, string name) => Directory.Exists(Path.Combine(snapshots, $".{name}.writing"));

    internal static Process Start(string scenario, string snapshots)
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return Process.Start(new ProcessStartInfo(host, ["exec", typeof(Scenario).Assembly.Location, "train", scenario, snapshots]) 
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
