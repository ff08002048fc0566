using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

[TestClass]
public sealed class WriteGuardTests
{
    private static readonly string s_folder = Path.Combine(Path.GetTempPath(), "o'brien"), s_target = Path.Combine(s_folder, "model");
    private static readonly string s_place = WriteGuard.PlaceFor(s_target);

    [TestMethod]
    public void The_place_is_called_by_the_targets_name_and_its_lock_by_its_own()
    {
        string file = Path.Combine(s_place, "config.json");
        StringAssert.Contains(MessageOf(new IOException($"Denied: '{s_place}'")), $"Denied: '{s_target}'.");
        StringAssert.Contains(MessageOf(new IOException($"Denied: '{file}'")), $"Denied: '{Path.Combine(s_target, "config.json")}'.");
        StringAssert.Contains(MessageOf(new IOException($"Denied: '{WriteGuard.LockFor(s_place)}'")),
            $"Denied: '{WriteGuard.LockFor(s_place)}'.");
        Assert.AreEqual($"Use '{s_target}'.", MessageOf(new CheckpointException($"Use '{s_place}'.")));
        Assert.AreEqual($"Use '{s_place}.lock'.", MessageOf(new CheckpointException($"Use '{s_place}.lock'.")));
    }

    [TestMethod]
    public void Advice_about_the_place_is_given_where_it_is_the_place_that_fails()
    {
        foreach (string path in (string[])[s_target, Path.Combine(s_target, ".writing.lock"), s_place, s_place + ".lock", s_folder,
            Path.GetPathRoot(s_target)!])
            StringAssert.Contains(MessageOf(new UnauthorizedAccessException($"Access to the path '{path}' is denied.")),
                "with enough free space", path);
        StringAssert.Contains(MessageOf(new IOException("No space left on device")), "with enough free space");
        foreach (string path in (string[])[Path.Combine(Path.GetTempPath(), "corpus.txt"), s_target + "-2",
            Path.Combine(s_folder, "corpus.txt")])
        {
            string message = MessageOf(new FileNotFoundException($"Could not find file '{path}'."));
            StringAssert.StartsWith(message, $"'{s_target}' cannot be written: Could not find file '{path}'. Check that file or directory");
            Assert.DoesNotContain("free space", message);
        }
    }

    [TestMethod]
    public void An_input_that_is_missing_is_not_taken_for_a_lack_of_space()
    {
        using var directory = new TemporaryDirectory();
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(
            () => AtomicFile.Write(directory["a.txt"], stream => stream.Write(File.ReadAllBytes(directory["input.txt"]))));
        SafeTensorsBytes.AssertExplains(exception, $"'{directory["a.txt"]}' cannot be written", $"'{directory["input.txt"]}'",
            "Check that file");
        Assert.DoesNotContain("free space", exception.Message);
    }

    private static string MessageOf(Exception exception) =>
        Assert.ThrowsExactly<CheckpointException>(() => WriteGuard.Run(s_target, s_place, () => throw exception)).Message;
}
