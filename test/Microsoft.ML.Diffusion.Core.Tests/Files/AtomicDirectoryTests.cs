using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

[TestClass]
public class AtomicDirectoryTests
{
    [TestMethod]
    public void A_new_directory_appears_whole()
    {
        using var directory = new TemporaryDirectory();
        AtomicDirectory.Write(directory["deep/model"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), "{}");
            Assert.IsFalse(Directory.Exists(directory["deep/model"]));
            Directory.CreateDirectory(Path.Combine(temporary, "1_Pooling"));
            File.WriteAllText(Path.Combine(temporary, "1_Pooling/config.json"), "{}");
        });
        CollectionAssert.AreEqual(new[] { "deep", "deep/model", "deep/model/1_Pooling", "deep/model/1_Pooling/config.json",
            "deep/model/config.json" }, directory.Listing());
    }

    [TestMethod]
    public void In_one_that_exists_only_what_was_written_or_superseded_changes()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["model"]);
        File.WriteAllText(directory["model/config.json"], "old");
        File.WriteAllText(directory["model/vocab.txt"], "old");
        File.WriteAllText(directory["model/README.md"], "mine");
        AtomicDirectory.Write(directory["model"] + Path.DirectorySeparatorChar, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "tokenizer.json"), "new");
        }, default, "vocab.txt", "tokenizer.json", "merges.txt");
        CollectionAssert.AreEqual(new[] { "model", "model/README.md", "model/config.json", "model/tokenizer.json" }, directory.Listing());
        Assert.AreEqual("new", File.ReadAllText(directory["model/config.json"]));
        Assert.AreEqual("mine", File.ReadAllText(directory["model/README.md"]));
    }

    [TestMethod]
    public void What_goes_wrong_leaves_everything_as_it_was()
    {
        using var directory = new TemporaryDirectory();
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicDirectory.Write(directory["x/new"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "half");
            throw new InvalidOperationException();
        }));
        Assert.ThrowsExactly<OperationCanceledException>(() => AtomicDirectory.Write(directory["x/new"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "half");
            cancellation.Cancel();
        }, cancellation.Token));
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void A_directory_where_a_file_must_go_is_an_error_before_anything_moves()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["model/z.json"]);
        File.WriteAllText(directory["model/a.json"], "old");
        File.WriteAllText(directory["model/gone.json"], "old");
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(directory["model"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "a.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "b.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "z.json"), "new");
        }, default, "gone.json"));
        SafeTensorsBytes.AssertExplains(exception, directory["model"], "cannot be written");
        CollectionAssert.AreEqual(new[] { "model", "model/a.json", "model/gone.json", "model/z.json" }, directory.Listing());
        Assert.AreEqual("old", File.ReadAllText(directory["model/a.json"]));
    }

    [TestMethod]
    public void A_file_in_the_directorys_place_is_not_touched()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["model"], "mine");
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(directory["model"], _ => Assert.Fail()));
        SafeTensorsBytes.AssertExplains(exception, directory["model"], "is a file");
        CollectionAssert.AreEqual(new[] { "model" }, directory.Listing());
    }

    [TestMethod]
    public void Where_one_file_differs_the_others_are_left_alone()
    {
        using var directory = new TemporaryDirectory();
        AtomicDirectory.Write(directory["model"], temporary => Fill(temporary, "old"));
        DateTime then = DateTime.UnixEpoch.AddYears(40);
        File.SetLastWriteTimeUtc(directory["model/vocab.txt"], then);
        AtomicDirectory.Write(directory["model"], temporary =>
        {
            Fill(temporary, "old");
            File.WriteAllText(Path.Combine(temporary, "config.json"), "new");
        });
        Assert.AreEqual("new", File.ReadAllText(directory["model/config.json"]));
        Assert.AreEqual(then, File.GetLastWriteTimeUtc(directory["model/vocab.txt"]));
        CollectionAssert.AreEqual(new[] { "model", "model/config.json", "model/vocab.txt" }, directory.Listing());

        static void Fill(string temporary, string content)
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), content);
            File.WriteAllText(Path.Combine(temporary, "vocab.txt"), content);
        }
    }

    /// <summary>Each of the system's errors, from whichever call, is one that names the target; others come through.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Errors_name_the_target_and_leave_nothing(bool exists)
    {
        using var directory = new TemporaryDirectory();
        string model = directory["model"];
        string[] before = exists ? ["model", "model/config.json"] : [];
        if (exists)
            AtomicDirectory.Write(model, temporary => File.WriteAllText(Path.Combine(temporary, "config.json"), "old"));
        Refused(_ => throw new IOException("No space left on device"), "No space left on device");
        Refused(_ => throw new UnauthorizedAccessException("Access is denied."), "Access is denied");
        Refused(temporary => File.WriteAllText(Path.Combine(temporary, "none/config.json"), ""),
            $"'{Path.Combine(model, "none/config.json")}'");
        Refused(temporary => AtomicFile.WriteAllText(temporary, "a directory"), $"'{model}' cannot be written: it is a directory");
        CheckpointException own =
            Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(model,
                _ => throw new CheckpointException("The start is damaged.")));
        Assert.AreEqual("The start is damaged.", own.Message);
        CollectionAssert.AreEqual(before, directory.Listing());

        void Refused(Action<string> write, string expected)
        {
            CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(model, write));
            SafeTensorsBytes.AssertExplains(exception, model, expected);
            Assert.IsFalse(exception.Message.Contains(".writing", StringComparison.Ordinal), exception.Message);
            CollectionAssert.AreEqual(before, directory.Listing());
        }
    }

    [TestMethod]
    public void A_link_to_a_directory_stays_a_link_and_so_do_rights()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: links and rights are Unix's here.");
            return;
        }
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["version-1"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(directory["blob"], "old");
        File.CreateSymbolicLink(directory["version-1/config.json"], directory["blob"]);
        Directory.CreateSymbolicLink(directory["current"], directory["version-1"]);
        AtomicDirectory.Write(directory["current"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "vocab.txt"), "new");
        });
        Assert.IsNotNull(new DirectoryInfo(directory["current"]).LinkTarget);
        Assert.AreEqual("new", File.ReadAllText(directory["version-1/config.json"]));
        Assert.AreEqual("old", File.ReadAllText(directory["blob"]), "a link in a file's place is replaced, not followed");
        Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(directory["version-1"]));
        CollectionAssert.AreEqual(new[] { "config.json", "vocab.txt" },
            Directory.GetFileSystemEntries(directory["version-1"]).Select(Path.GetFileName).Order().ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Writers_of_one_directory_wait_for_one_another(bool exists)
    {
        using var directory = new TemporaryDirectory();
        if (exists)
            Directory.CreateDirectory(directory["model"]);
        int writing = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => AtomicDirectory.Write(directory["model"], temporary =>
        {
            Assert.AreEqual(1, Interlocked.Increment(ref writing));
            File.WriteAllText(Path.Combine(temporary, "config.json"), $"{i}");
            File.WriteAllText(Path.Combine(temporary, $"{i}.json"), $"{i}");
            Interlocked.Decrement(ref writing);
        }, default, [.. Enumerable.Range(0, 8).Select(other => $"{other}.json")]));
        string last = File.ReadAllText(directory["model/config.json"]);
        CollectionAssert.AreEqual(new[] { "model", $"model/{last}.json", "model/config.json" }, directory.Listing());
    }

    [TestMethod]
    public void What_a_killed_process_left_beside_goes_with_the_next_writing()
    {
        using var directory = new TemporaryDirectory();
        foreach (int time in (int[])[1, 2]) // when it is made, and when it exists
        {
            Directory.CreateDirectory(directory[".model.writing"]);
            File.WriteAllText(directory[".model.writing/config.json"], "half");
            File.WriteAllText(directory[".model.writing.lock"], "");
            AtomicDirectory.Write(directory["model"], temporary => File.WriteAllText(Path.Combine(temporary, "config.json"), $"{time}"));
            CollectionAssert.AreEqual(new[] { "model", "model/config.json" }, directory.Listing());
        }
    }
}
