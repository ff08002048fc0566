using System.Diagnostics;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>One training at a time has a CheckpointDirectory.</summary>
[TestClass]
public sealed class SnapshotsLockTests
{
    private const string Refused = "uses the CheckpointDirectory";

    [TestMethod]
    public void A_second_training_in_the_process_is_refused_until_the_first_has_ended()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = CpuEngine.Create(1);
        var options = new TrainingOptions
        {
            Epochs = 1, BatchSize = 5, ReportInterval = 1, CheckpointDirectory = directory["deep/snapshots"]
        };
        using var first = new ToyTask(engine);
        int refused = 0;
        Trainer.Run(engine, first, options, _ =>
        {
            CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => Run(options));
            SafeTensorsBytes.AssertExplains(exception, directory["deep/snapshots"], Refused);
            refused++;
        });
        Assert.AreEqual(6, refused);
        Assert.AreEqual(6, Run(options).ResumedAt);

        TrainingReport Run(TrainingOptions options)
        {
            using var second = new ToyTask(engine);
            return Trainer.Run(engine, second, options);
        }
    }

    [TestMethod]
    public void Another_process_is_refused_and_one_that_was_killed_holds_nothing()
    {
        using var directory = new TemporaryDirectory();
        using Process process = KillTests.Start(Scenario.Toy, directory["snapshots"]);
        StringAssert.StartsWith(process.StandardOutput.ReadLine(), "step ");
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => Scenario.Run(Scenario.Toy, directory["snapshots"]));
        SafeTensorsBytes.AssertExplains(exception, directory["snapshots"], Refused);
        process.Kill();
        process.WaitForExit();
        Assert.AreEqual(Scenario.Run(Scenario.Toy, null), Scenario.Run(Scenario.Toy, directory["snapshots"]));
        Assert.AreEqual(1, Directory.GetFileSystemEntries(directory["snapshots"]).Length);
    }

    [TestMethod]
    public void A_training_that_writes_nothing_leaves_no_directory()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine) { OnForward = _ => throw new InvalidOperationException() };
        Assert.ThrowsExactly<InvalidOperationException>(
            () => Trainer.Run(engine, task, new TrainingOptions { CheckpointDirectory = directory["deep/snapshots"] }));
        Assert.IsEmpty(directory.Listing());
    }
}
