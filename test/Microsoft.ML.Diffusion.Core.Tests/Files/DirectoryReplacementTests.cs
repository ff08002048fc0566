using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>What a process leaves that is killed before any one step.</summary>
[TestClass]
public sealed class DirectoryReplacementTests
{
    private static readonly string[] s_old =
        ["README.md mine", "added_tokens.json old", "config.json old", "model.safetensors old", "notes/a.txt mine", "vocab.txt old"];
    private static readonly string[] s_new = ["1_Pooling/config.json new", "README.md mine", "config.json new", "model.safetensors new",
        "notes/a.txt mine", "tokenizer.json new"];
    private static readonly string[] s_superseded = ["added_tokens.json", "config.json", "tokenizer.json", "vocab.txt"];

    [TestMethod]
    public void Killed_before_any_step_the_next_reader_finds_the_old_or_the_new_files_whole()
    {
        using var directory = new TemporaryDirectory();
        var states = new List<string>();
        Write(directory["model"], s_old);
        Replace(directory["model"], () =>
        {
            states.Add(directory[$"state-{states.Count}"]);
            Copy(directory["model"], states[^1]);
        });
        CollectionAssert.AreEqual(s_new, Read(directory["model"]));
        // The decision; three files, and two in their stead, aside; four in; the end.
        Assert.HasCount(1 + 4 + 4 + 1, states);
        for (int i = 0; i < states.Count; i++)
        {
            string[] expected = i == 0 ? s_old : s_new;
            AssertIsOneOrNone(Read(states[i]), $"step {i}");

            // A second process is killed while it ends what the first began.
            foreach (string again in Interrupted(states[i], directory[$"again-{i}"]))
                CollectionAssert.AreEqual(expected, Files(again), $"step {i}, twice");

            CollectionAssert.AreEqual(expected, Files(states[i]), $"step {i}");
            AtomicDirectory.Write(states[i], written => Write(written, ["config.json third"]));
            CollectionAssert.AreEqual(expected.Select(file => file.StartsWith("config.json", StringComparison.Ordinal) ? "config.json third"
                : file).ToArray(), Read(states[i]), "nothing is left");
        }
    }

    [TestMethod]
    public void One_that_cannot_be_ended_is_an_error_and_no_mixture()
    {
        using var directory = new TemporaryDirectory();
        string state = "";
        Write(directory["model"], s_old);
        int steps = 0;
        Replace(directory["model"], () =>
        {
            if (steps++ == 3)
                Copy(directory["model"], state = directory["state"]);
        });
        Directory.CreateDirectory(Path.Combine(state, "tokenizer.json"));
        ModelFiles files = ModelFiles.FromDirectory(state);
        foreach (Action read in (Action[])[() => files.Exists("config.json"), () => files.Open("config.json"), () => _ = files.Names])
            SafeTensorsBytes.AssertExplains(Assert.ThrowsExactly<CheckpointException>(read), state,
                "was interrupted, and its new files cannot be moved into place");
        Directory.Delete(Path.Combine(state, "tokenizer.json"));
        CollectionAssert.AreEqual(s_new, Files(state));
    }

    [TestMethod]
    public void What_fails_at_any_step_is_undone()
    {
        using var directory = new TemporaryDirectory();
        for (int failing = 0; failing < 1 + 4 + 4 + 1; failing++)
        {
            string model = directory[$"model-{failing}"];
            Write(model, s_old);
            int steps = 0;
            Assert.ThrowsExactly<IOException>(() => Replace(model, () =>
            {
                if (steps++ == failing)
                    throw new IOException("It fails here.");
            }), $"step {failing}");
            Assert.AreEqual(failing + 1, steps);
            CollectionAssert.AreEqual(s_old, Read(model), $"step {failing}");
        }
    }

    /// <summary>An old file that stays in .writing/old would pass for one that was set aside, and the save would leave the
    /// directory's own beside the new.</summary>
    [TestMethod]
    public void Leftovers_that_cannot_be_removed_are_an_error_and_no_mixture()
    {
        using var directory = new TemporaryDirectory();
        string model = directory["model"];
        AtomicDirectory.Write(model, written => Write(written, ["config.json old", "vocab.txt old"]));
        Write(directory["model/.writing/old"], ["vocab.txt older"]);
        if (!OtherUser.MayEnter(directory.Path, model, directory["model/.writing"]))
            Assert.Inconclusive("skipped: Leftovers_that_cannot_be_removed, which needs Linux and root, to be another user.");
        OtherUser.Run(() =>
        {
            CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(
                () => AtomicDirectory.Write(model, written => Write(written, ["config.json new"]), superseded: "vocab.txt"));
            SafeTensorsBytes.AssertExplains(exception, $"'{model}' cannot be written", "vocab.txt' is denied",
                "Expected a writable directory");
        });
        CollectionAssert.AreEqual(new[] { "config.json old", "vocab.txt old" }, Files(model));
        AtomicDirectory.Write(model, written => Write(written, ["config.json new"]), superseded: "vocab.txt");
        CollectionAssert.AreEqual(new[] { "config.json new" }, Read(model));
    }

    /// <summary>Software that knows nothing of this takes a directory without config.json for no model.</summary>
    private static void AssertIsOneOrNone(string[] listing, string message)
    {
        string[] seen = [.. listing.Where(file => !file.StartsWith(".writing", StringComparison.Ordinal))];
        if (seen.Any(file => file.StartsWith("config.json", StringComparison.Ordinal)))
            CollectionAssert.Contains(new[] { string.Join(' ', s_old), string.Join(' ', s_new) }, string.Join(' ', seen), message);
        Assert.IsFalse(seen.Any(file => file.EndsWith(" old", StringComparison.Ordinal)) &&
            seen.Any(file => file.EndsWith(" new", StringComparison.Ordinal)), message);
    }

    private static List<string> Interrupted(string state, string directory)
    {
        Copy(state, directory);
        var states = new List<string>();
        var replacement = new DirectoryReplacement(directory)
        {
            Stepping = () =>
            {
                states.Add($"{directory}-{states.Count}");
                Copy(directory, states[^1]);
            },
        };
        replacement.Recover();
        return states;
    }

    private static void Replace(string directory, Action stepping)
    {
        var replacement = new DirectoryReplacement(directory) { Stepping = stepping };
        try
        {
            replacement.Begin();
            Write(replacement.New, s_new.Where(file => file.EndsWith(" new", StringComparison.Ordinal)));
            replacement.Commit(s_superseded);
        }
        finally
        {
            replacement.Remove();
        }
    }

    /// <summary>The files that a reader finds, after it has completed an interrupted write.</summary>
    private static string[] Files(string directory)
    {
        Assert.IsTrue(ModelFiles.FromDirectory(directory).Exists("config.json"));
        return [.. Read(directory).Where(file => !file.StartsWith(".writing", StringComparison.Ordinal))];
    }

    private static string[] Read(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => $"{Path.GetRelativePath(directory, file).Replace('\\', '/')} {File.ReadAllText(file)}")
                .Order(StringComparer.Ordinal)];

    private static void Write(string directory, IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            string path = Path.Combine(directory, file.Split(' ')[0]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Split(' ')[1]);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string entry in Directory.EnumerateFileSystemEntries(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, entry));
            if (Directory.Exists(entry))
            {
                Directory.CreateDirectory(target);
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(entry, target);
        }
    }
}
