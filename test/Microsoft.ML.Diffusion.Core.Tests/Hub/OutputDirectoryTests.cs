namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>Downloads to a directory in place of the cache.</summary>
[TestClass]
public sealed class OutputDirectoryTests
{
    private const string Weights = "model.safetensors";

    [TestMethod]
    public void The_directory_gets_the_files_and_nothing_else()
    {
        using var hub = new TestHub();
        string output = hub.Directory["models/tiny"];
        Assert.AreEqual(output, hub.Download(To(output + Path.DirectorySeparatorChar)));
        CollectionAssert.AreEqual(
            hub.Files.Keys.Where(file => file is not ("README.md" or "tf_model.h5")).Order(StringComparer.Ordinal).ToArray(),
            Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        Assert.IsFalse(Directory.Exists(hub.Cache));
        Assert.IsGreaterThan(0, EncoderModel.FromDirectory(output).Tokenizer.VocabularySize);
        hub.Storage.Requests.Clear();
        hub.Download(To(output));
        Assert.IsEmpty(hub.Storage.Requests, "What is there is checked and kept.");
    }

    [TestMethod]
    public void A_broken_download_leaves_no_named_file_and_is_continued()
    {
        using var hub = new TestHub();
        string output = hub.Directory["tiny"];
        hub.AnswerStorage = request => request["Range"] is null
            ? hub.AnswerAsStorage(request) with { BreakAfter = 1234 } : new LoopbackReply(503);
        Assert.Throws<HubException>(() => hub.Download(To(output)));
        Assert.IsEmpty(Directory.EnumerateFiles(output));
        hub.AnswerStorage = null;
        hub.Download(To(output));
        Assert.AreEqual("bytes=1234-", hub.Storage.Requests.Last()["Range"]);
        Assert.IsFalse(Directory.Exists(Path.Combine(output, ".cache")));
    }

    [TestMethod]
    [DataRow("config.json")]
    [DataRow("pytorch_model.bin")]
    [DataRow("merges.txt")]
    public void Another_model_is_not_overwritten(string file)
    {
        using var hub = new TestHub();
        string output = Directory.CreateDirectory(hub.Directory["other"]).FullName;
        File.WriteAllText(Path.Combine(output, file), "of another");
        File.WriteAllText(Path.Combine(output, "notes.txt"), "of the user");
        StringAssert.Contains(
            Assert.Throws<HubException>(() => hub.Download(To(output))).Message, $"has '{file}' of another model or revision");
        Assert.AreEqual("of another", File.ReadAllText(Path.Combine(output, file)));
        Assert.HasCount(2, Directory.EnumerateFileSystemEntries(output).ToArray());
    }

    [TestMethod]
    public void A_file_in_its_place_and_connections_that_are_off_are_errors()
    {
        using var hub = new TestHub();
        File.WriteAllText(hub.Directory["file"], "");
        StringAssert.Contains(Assert.Throws<HubException>(() => hub.Download(To(hub.Directory["file"]))).Message, "is a file");
        StringAssert.Contains(
            Assert.Throws<HubException>(() => hub.Download(To(hub.Directory["new"]), ("HF_HUB_OFFLINE", "1"))).Message,
            "connections are off");
        Assert.IsFalse(Directory.Exists(hub.Directory["new"]));
    }

    [TestMethod]
    public void Other_software_keeps_its_hidden_files()
    {
        using var hub = new TestHub();
        string output = hub.Directory["tiny"];
        Directory.CreateDirectory(Path.Combine(output, ".cache", "huggingface"));
        File.WriteAllText(Path.Combine(output, ".cache", "huggingface", ".gitignore"), "*");
        hub.Download(To(output));
        Assert.AreEqual("*", File.ReadAllText(Path.Combine(output, ".cache", "huggingface", ".gitignore")));
        Assert.IsFalse(Directory.Exists(Path.Combine(output, ".cache", "huggingface", "download")));
    }

    private static HubOptions To(string directory) => new() { OutputDirectory = directory };
}
