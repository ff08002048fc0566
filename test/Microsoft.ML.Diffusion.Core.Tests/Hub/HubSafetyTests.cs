namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>The token stays with the hub, and files stay in their folder, whatever a server sends or a disk holds.</summary>
[TestClass]
public sealed class HubSafetyTests
{
    private const string Weights = "model.safetensors";

    [TestMethod]
    public void The_token_is_sent_to_the_hub_and_nowhere_else()
    {
        using var hub = new TestHub();
        hub.Download();
        Assert.IsTrue(hub.Hub.Requests.All(request => request["Authorization"] == $"Bearer {TestHub.Token}"));
        Assert.IsNotEmpty(hub.Storage.Requests);
        Assert.IsTrue(hub.Storage.Requests.All(request => request["Authorization"] is null));
    }

    [TestMethod]
    public void Back_at_the_hub_by_a_redirect_the_token_is_not_sent_again()
    {
        using var hub = new TestHub();
        hub.AnswerStorage = request => LoopbackReply.Redirect(302, $"{hub.Hub.Address}/back{request.Path}");
        hub.Answer = request => request.Path.StartsWith("/back/", StringComparison.Ordinal)
            ? hub.AnswerAsStorage(request with { Path = request.Path["/back".Length..] }) : null;
        hub.Download();
        LoopbackRequest back = hub.Hub.Requests.Single(request => request.Path.StartsWith("/back/", StringComparison.Ordinal));
        Assert.IsNull(back["Authorization"]);
    }

    [TestMethod]
    [DataRow("http://example.com/weights", "http://example.com/weights")]
    [DataRow("ftp://127.0.0.1/weights", "ftp://127.0.0.1/weights")]
    [DataRow("file:///etc/passwd", "file:///etc/passwd")]
    [DataRow("http://127.0.0.1.example.com/weights?signature=secret", "http://127.0.0.1.example.com/weights")]
    [DataRow("", "''")]
    public void A_redirect_to_what_is_not_https_is_refused(string location, string named)
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "GET" && request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? LoopbackReply.Redirect(302, location) : null;
        string message = hub.Refusal();
        StringAssert.Contains(message, named);
        StringAssert.Contains(message, "https");
        Assert.IsFalse(message.Contains("secret", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Redirects_in_a_circle_end()
    {
        using var hub = new TestHub();
        hub.Answer = request => LoopbackReply.Redirect(302, request.Path);
        StringAssert.Contains(hub.Refusal(), "10 redirects");
        Assert.HasCount(11, hub.Hub.Requests);
    }

    [TestMethod]
    [DataRow("../escaped")]
    [DataRow("a/../../escaped")]
    [DataRow("/etc/passwd")]
    [DataRow("..\\escaped")]
    [DataRow("a\\b")]
    [DataRow("C:escaped")]
    [DataRow("c:/escaped")]
    [DataRow("a//b")]
    [DataRow("./config.json")]
    [DataRow("")]
    [DataRow("a\nb")]
    [DataRow("a\0b")]
    public void A_hostile_file_name_is_refused_before_anything_is_written(string name)
    {
        using var hub = new TestHub();
        hub.Files[name] = [1];
        StringAssert.Contains(hub.Refusal(), "could lead out of the directory");
        Assert.IsFalse(Directory.Exists(hub.Cache));
    }

    [TestMethod]
    [DataRow("../../escaped")]
    [DataRow("..")]
    [DataRow("a/b")]
    [DataRow("a\\b")]
    [DataRow("C:x")]
    [DataRow("nul")]
    [DataRow("")]
    public void A_hostile_hash_is_refused(string tag)
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "HEAD" && request.Path.EndsWith("vocab.txt", StringComparison.Ordinal)
            ? hub.AnswerAsHub(request).With("ETag", $"\"{tag}\"") : null;
        StringAssert.Contains(hub.Refusal(), "names its content");
        Assert.IsFalse(Directory.Exists(hub.Cache));
    }

    [TestMethod]
    public void A_file_of_another_commit_is_refused()
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "HEAD" ? hub.AnswerAsHub(request).With("X-Repo-Commit", new('b', 40)) : null;
        StringAssert.Contains(hub.Refusal(), "names the commit 'bbbb");
    }

    [TestMethod]
    public void One_hash_of_two_lengths_is_refused()
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "HEAD" && request.Path.EndsWith(".json", StringComparison.Ordinal)
            ? hub.AnswerAsHub(request).With("ETag", "\"same\"") : null;
        StringAssert.Contains(hub.Refusal(), "the same hash 'same'");
    }

    [TestMethod]
    [DataRow("X-Linked-Size", "-1")]
    [DataRow("X-Linked-Size", "many")]
    [DataRow("X-Linked-Size", "9223372036854775807")]
    public void A_length_that_is_none_is_refused(string header, string value)
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "HEAD" ? hub.AnswerAsHub(request).With(header, value) : null;
        StringAssert.Contains(hub.Refusal(), "does not say its length");
    }

    [TestMethod]
    [DataRow("blobs")]
    [DataRow("snapshots")]
    [DataRow("")]
    public void A_folder_that_is_a_link_is_refused(string folder)
    {
        using var hub = new TestHub();
        string outside = Directory.CreateDirectory(hub.Directory["outside"]).FullName;
        string link = Path.TrimEndingDirectorySeparator(Path.Combine(hub.Folder, folder));
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        LinkDirectory(link, outside);
        string message = hub.Refusal();
        StringAssert.Contains(message, $"'{link}' is a link to '{outside}'");
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(outside));
    }

    [TestMethod]
    public void A_folder_of_references_or_of_modules_that_is_a_link_is_refused()
    {
        using var hub = new TestHub();
        string outside = Directory.CreateDirectory(hub.Directory["outside"]).FullName;
        Directory.CreateDirectory(hub.Folder);
        LinkDirectory(Path.Combine(hub.Folder, "refs"), outside);
        StringAssert.Contains(hub.Refusal(), "is a link");
        hub.Files["modules.json"] = "[]"u8.ToArray();
        hub.Files["1_Pooling/config.json"] = "{}"u8.ToArray();
        LinkDirectory(Path.Combine(hub.Snapshot, "1_Pooling"), outside);
        StringAssert.Contains(hub.Refusal(), "is a link");
        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(outside));
    }

    [TestMethod]
    public void A_part_and_a_file_that_are_links_are_replaced_and_not_followed()
    {
        using var hub = new TestHub();
        string outside = hub.Directory["outside"];
        File.WriteAllText(outside, "of the user");
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        Directory.CreateDirectory(hub.Snapshot);
        LinkFile(partial, outside);
        LinkFile(Path.Combine(hub.Snapshot, "config.json"), outside);
        LinkFile(Path.Combine(hub.Snapshot, "vocab.txt"), hub.Directory["nowhere"]);
        LinkFile(Path.Combine(hub.Snapshot, "tokenizer.json"), "tokenizer.json");
        hub.Download();
        Assert.AreEqual("of the user", File.ReadAllText(outside));
        Assert.IsFalse(File.Exists(hub.Directory["nowhere"]));
        foreach (string file in Directory.EnumerateFiles(hub.Snapshot))
            CollectionAssert.AreEqual(hub.Files[Path.GetFileName(file)], File.ReadAllBytes(file));
    }

    private static void LinkDirectory(string link, string target) => Link(() => Directory.CreateSymbolicLink(link, target));

    private static void LinkFile(string link, string target) => Link(() => File.CreateSymbolicLink(link, target));

    private static void Link(Action make)
    {
        try
        {
            make();
        }
        catch (Exception exception) when (OperatingSystem.IsWindows() && exception is IOException or UnauthorizedAccessException)
        {
            Assert.Inconclusive("skipped: links, which this user may not make.");
        }
    }
}
