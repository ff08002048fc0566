using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The examples of sweeps, in processes of their own, with the embedded model.</summary>
[TestClass]
public sealed class SweepExamplesTests
{
    private static readonly string[] s_small = ["--prompts", "2", "--held-out", "1", "--tokens", "6", "--calls", "4", "--seeds", "1"];
    private string _directory = "";

    [TestInitialize]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("sweep").FullName;

    [TestCleanup]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    public void A_sweep_of_schedules_goes_on_after_its_process_was_killed()
    {
        string file = Path.Combine(_directory, "trials.jsonl");
        using (Process killed =
            ExampleProcess.Start("SweepSchedules", [.. s_small, "--trials", "100000", "--directory", _directory], _directory))
        {
            killed.OutputDataReceived += (_, _) => { };
            killed.BeginOutputReadLine();
            while (!killed.HasExited && (!File.Exists(file) || File.ReadAllLines(file).Length < 4))
                Thread.Sleep(20);
            Assert.IsFalse(killed.HasExited, "it ended by itself");
            killed.Kill();
            killed.WaitForExit();
        }
        string[] left = File.ReadAllLines(file);
        (int code, string output, string error) =
            Run("SweepSchedules", [.. s_small, "--trials", $"{left.Length}", "--directory", _directory]);
        Assert.AreEqual(0, code, error);
        string[] after = File.ReadAllLines(file);
        CollectionAssert.AreEqual(left, after[..left.Length]);
        Assert.HasCount(left.Length + 1, after, "one trial is new: the first line is no trial");
        StringAssert.Contains(output, "trial 0: distance to real text");
        StringAssert.Contains(output, "The best is nearer to real text by");
        Assert.IsTrue(File.Exists(Path.Combine(_directory, "sweep.svg")));
    }

    [TestMethod]
    public void A_sweep_of_a_classifier_tells_what_the_best_is_worth()
    {
        (int code, string output, string error) =
            Run("SweepClassifier", ["--trials", "2", "--epochs", "1", "--learn", "40", "--validate", "20", "--directory", _directory]);
        Assert.AreEqual(0, code, error);
        StringAssert.Contains(output, "40 questions to learn from, 20 to choose by, 39 that no trial sees");
        StringAssert.Contains(output, "  seed 100: best ");
        Assert.HasCount(3, File.ReadAllLines(Path.Combine(_directory, "trials.jsonl")));
    }

    [TestMethod]
    [DataRow("SweepSchedules", "--data", "no-such-file")]
    [DataRow("SweepSchedules", "--prompts", "1000", "1004")]
    [DataRow("SweepSchedules", "--seeds", "11")]
    [DataRow("SweepClassifier", "--data", "no-such-file")]
    [DataRow("SweepClassifier", "--learn", "1000")]
    public void What_cannot_be_done_is_said_in_a_line(string example, string option, string value, string? said = null)
    {
        (int code, _, string error) = Run(example, [option, value]);
        Assert.AreEqual(1, code);
        StringAssert.Contains(error, said ?? value);
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    private (int Code, string Output, string Error) Run(string example, string[] arguments) =>
        ExampleProcess.Run(example, arguments, _directory);
}
