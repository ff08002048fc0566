using System.Collections.Concurrent;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Hub;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>Downloads that end well, from a server that behaves as the hub does.</summary>
[TestClass]
public sealed class HubDownloadTests
{
    private const string Weights = "model.safetensors";
    private static readonly CpuEngine s_engine = CpuEngine.Shared;

    [TestMethod]
    public void The_cache_has_the_layout_of_Hugging_Face()
    {
        using var hub = new TestHub();
        Assert.AreEqual(hub.Snapshot, hub.Download());
        string[] wanted = [.. hub.Files.Keys.Where(file => file is not ("README.md" or "tf_model.h5")).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(
            wanted, Directory.EnumerateFiles(hub.Snapshot).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        foreach (string file in wanted)
        {
            string path = Path.Combine(hub.Snapshot, file);
            CollectionAssert.AreEqual(hub.Files[file], File.ReadAllBytes(path));
            if (!OperatingSystem.IsWindows())
                Assert.AreEqual($"../../blobs/{hub.TagOf(file)}", new FileInfo(path).LinkTarget);
        }
        Assert.AreEqual(TestHub.Commit, File.ReadAllText(Path.Combine(hub.Folder, "refs", "main")));
        CollectionAssert.AreEqual(
            new[] { "blobs", "refs", "snapshots" },
            Directory.EnumerateDirectories(hub.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        Assert.IsEmpty(Directory.EnumerateFiles(Path.Combine(hub.Folder, "blobs"), "*.incomplete"));
    }

    [TestMethod]
    public void The_snapshot_and_the_models_folder_both_open()
    {
        using var hub = new TestHub();
        string snapshot = hub.Download();
        foreach (string directory in (string[])[snapshot, hub.Folder])
        {
            EncoderModel model = EncoderModel.FromDirectory(directory);
            using MaskedLanguageModel loaded = model.LoadMaskedLanguageModel(s_engine);
            Assert.IsGreaterThan(0, loaded.Parameters.Length);
        }
    }

    [TestMethod]
    public async Task The_public_methods_download_and_open()
    {
        using var hub = new TestHub();
        var options = new HubOptions { CacheDirectory = hub.Cache, Endpoint = hub.Hub.Address, Token = "", Offline = false };
        Assert.AreEqual(hub.Snapshot, await ModelHub.DownloadAsync(TestHub.Name, options));
        Assert.AreEqual(hub.Snapshot, ModelHub.Download(TestHub.Name, options));
        Assert.AreEqual($"'{hub.Snapshot}'", EncoderModel.Download(TestHub.Name, options).Files.Description);
        Assert.AreEqual($"'{hub.Snapshot}'", (await EncoderModel.DownloadAsync(TestHub.Name, options)).Files.Description);
        Assert.IsTrue(hub.Hub.Requests.All(request => request["Authorization"] is null));
        Assert.IsTrue(hub.Hub.Requests.All(request => request["User-Agent"]!.StartsWith("diffusion-ml/", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_second_download_asks_only_for_the_commit()
    {
        using var hub = new TestHub();
        hub.Download();
        hub.Hub.Requests.Clear();
        hub.Storage.Requests.Clear();
        hub.Download();
        Assert.AreEqual("GET /api/models/owner/tiny/revision/main", string.Join(", ", hub.Hub.Requests));
        Assert.IsEmpty(hub.Storage.Requests);
    }

    [TestMethod]
    public void A_commit_in_the_cache_needs_no_connection()
    {
        using var hub = new TestHub();
        var options = new HubOptions { Revision = TestHub.Commit };
        hub.Download(options);
        Assert.IsFalse(Directory.Exists(Path.Combine(hub.Folder, "refs")), "A commit is no branch.");
        hub.Hub.Requests.Clear();
        Assert.AreEqual(hub.Snapshot, hub.Download(options));
        Assert.IsEmpty(hub.Hub.Requests);
        File.Delete(Path.Combine(hub.Snapshot, "tokenizer.json"));
        File.Delete(Path.Combine(hub.Snapshot, "vocab.txt"));
        hub.Download(options);
        Assert.IsNotEmpty(hub.Hub.Requests, "Without a tokenizer the snapshot is not whole.");
    }

    [TestMethod]
    public void Offline_the_reference_of_the_cache_counts()
    {
        using var hub = new TestHub();
        string message = hub.Refusal(null, ("HF_HUB_OFFLINE", "1"));
        StringAssert.Contains(message, "lacks this revision of 'owner/tiny'");
        Assert.IsFalse(Directory.Exists(hub.Cache));
        hub.Download();
        hub.Hub.Requests.Clear();
        Assert.AreEqual(hub.Snapshot, hub.Download(new HubOptions { Offline = true }));
        File.Delete(Path.Combine(hub.Snapshot, Weights));
        StringAssert.Contains(hub.Refusal(null, ("HF_HUB_OFFLINE", "1")), "the weights");
        StringAssert.Contains(hub.Refusal(new HubOptions { Offline = true, Revision = "v2" }), "'v2'");
        Assert.IsEmpty(hub.Hub.Requests);
    }

    [TestMethod]
    public void A_branch_with_a_slash_is_one_name_for_the_hub_and_a_path_in_the_cache()
    {
        using var hub = new TestHub();
        hub.Download(new HubOptions { Revision = "refs/pr/1" });
        Assert.AreEqual(TestHub.Commit, File.ReadAllText(Path.Combine(hub.Folder, "refs", "refs", "pr", "1")));
        Assert.AreEqual("/api/models/owner/tiny/revision/refs%2Fpr%2F1", hub.Hub.Requests.First().Path);
    }

    [TestMethod]
    public void Without_links_the_snapshot_has_the_files_themselves()
    {
        using var hub = new TestHub();
        hub.Files["special_tokens_map.json"] = hub.Files["tokenizer_config.json"]; // one content, two names
        (string, string) variable = ("HF_HUB_DISABLE_SYMLINKS", "1");
        hub.Download(null, variable);
        foreach (FileInfo file in new DirectoryInfo(hub.Snapshot).EnumerateFiles())
        {
            Assert.IsNull(file.LinkTarget);
            CollectionAssert.AreEqual(hub.Files[file.Name], File.ReadAllBytes(file.FullName));
        }
        Assert.IsEmpty(Directory.EnumerateFiles(Path.Combine(hub.Folder, "blobs")));
        hub.Files["added_tokens.json"] = "{}"u8.ToArray();
        hub.Storage.Requests.Clear();
        hub.Download(null, variable);
        Assert.IsEmpty(hub.Storage.Requests, "Only the new file is fetched.");
        Assert.IsTrue(File.Exists(Path.Combine(hub.Snapshot, "added_tokens.json")));
    }

    [TestMethod]
    public void A_part_that_is_here_is_continued()
    {
        using var hub = new TestHub();
        byte[] weights = hub.Files[Weights];
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, weights[..1000]);
        hub.Download();
        Assert.AreEqual($"GET /{Weights}?signature=1 bytes=1000-", hub.Storage.Requests.Single().ToString());
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
    }

    [TestMethod]
    public void A_wrong_part_is_fetched_again_once()
    {
        using var hub = new TestHub();
        byte[] weights = hub.Files[Weights];
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, new byte[1000]);
        hub.Download();
        Assert.AreEqual(
            $"GET /{Weights}?signature=1 bytes=1000-, GET /{Weights}?signature=1", string.Join(", ", hub.Storage.Requests));
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
    }

    [TestMethod]
    [DataRow(200)]
    [DataRow(416)]
    [DataRow(206)]
    public void A_server_without_ranges_sends_all_again(int status)
    {
        using var hub = new TestHub();
        byte[] weights = hub.Files[Weights];
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, weights[..1000]);
        hub.AnswerStorage = request => request["Range"] is null ? null : status switch
        {
            200 => new LoopbackReply(200, weights),
            416 => new LoopbackReply(416),
            _ => new LoopbackReply(206, weights[500..]).With("Content-Range", $"bytes 500-{weights.Length - 1}/{weights.Length}"),
        };
        hub.Download();
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
    }

    [TestMethod]
    public void A_content_without_a_checkable_hash_is_not_continued()
    {
        using var hub = new TestHub();
        byte[] content = hub.Files["vocab.txt"];
        hub.Answer = request => request.Path.EndsWith("vocab.txt", StringComparison.Ordinal)
            ? TestHub.Part(request, content).With("ETag", "W/\"opaque-1\"") : null;
        string partial = Path.Combine(hub.Folder, "blobs", "opaque-1.incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, new byte[5]);
        hub.Download();
        Assert.IsTrue(hub.Fetches("vocab.txt").All(request => !request.Contains("bytes=")));
        CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(hub.Snapshot, "vocab.txt")));
    }

    [TestMethod]
    public void Progress_ends_with_all_files()
    {
        using var hub = new TestHub();
        var seen = new ConcurrentQueue<HubProgress>();
        hub.Download(new HubOptions { Progress = new Reports(seen.Enqueue) });
        HubProgress last = seen.Last();
        int files = hub.Files.Count - 2;
        long bytes = hub.Files.Where(file => file.Key is not ("README.md" or "tf_model.h5")).Sum(file => (long)file.Value.Length);
        Assert.AreEqual((bytes, bytes, files, files), (last.Bytes, last.TotalBytes, last.FilesDone, last.Files));
        CollectionAssert.AreEqual(seen.Select(report => report.Bytes).Order().ToArray(), seen.Select(report => report.Bytes).ToArray());
        StringAssert.Contains(last.ToString(), $"{files} of {files} files");
    }

    [TestMethod]
    public void Redirects_within_the_hub_are_followed_with_the_token()
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Path.StartsWith("/moved", StringComparison.Ordinal)
            ? hub.AnswerAsHub(request with { Path = request.Path["/moved".Length..] })
            : LoopbackReply.Redirect(307, "/moved" + request.Path);
        hub.Download();
        Assert.IsTrue(hub.Hub.Requests.All(request => request["Authorization"] == $"Bearer {TestHub.Token}"));
    }

    [TestMethod]
    public void Two_downloads_at_once_fetch_each_content_once()
    {
        using var hub = new TestHub();
        using var both = new Barrier(2);
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, _ =>
        {
            HubSettings settings = hub.Settings();
            both.SignalAndWait(TimeSpan.FromSeconds(5));
            hub.Download(settings);
        });
        Assert.HasCount(1, hub.Storage.Requests);
        CollectionAssert.AreEqual(hub.Files[Weights], File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
    }

    private sealed class Reports(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
