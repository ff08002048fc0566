using System.Diagnostics;
using Microsoft.ML.Diffusion.Tests.Files;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>Servers that fail, for a moment or for good; and what stays on the disk then.</summary>
[TestClass]
public sealed class HubFailureTests
{
    private const string Weights = "model.safetensors";

    [TestMethod]
    [DataRow(500)]
    [DataRow(503)]
    [DataRow(429)]
    [DataRow(408)]
    public void A_status_that_may_pass_is_tried_again(int status)
    {
        using var hub = new TestHub();
        int left = 3;
        hub.Answer = _ => left-- > 0 ? new LoopbackReply(status) : null;
        hub.Download();
        CollectionAssert.AreEqual(new[] { 1.0, 2, 4 }, hub.Pauses.Select(pause => pause.TotalSeconds).ToArray());
    }

    [TestMethod]
    public void A_server_may_ask_to_wait_but_not_for_an_hour()
    {
        using var hub = new TestHub();
        bool first = true;
        hub.AnswerStorage = _ => first ? new LoopbackReply(429).With("Retry-After", "7") : null;
        hub.Answer = request =>
        {
            first &= hub.Pauses.Count == 0;
            return null;
        };
        hub.Download();
        Assert.AreEqual(7, hub.Pauses.Single().TotalSeconds);
        hub.Answer = _ => new LoopbackReply(429).With("Retry-After", "3600");
        string message = hub.Refusal();
        StringAssert.Contains(message, "3600 seconds");
        Assert.HasCount(1, hub.Pauses);
    }

    [TestMethod]
    public void After_five_tries_the_error_says_what_failed()
    {
        using var hub = new TestHub();
        hub.Answer = _ => LoopbackReply.Text(502, "").With("X-Error-Message", "a bad\tday");
        string message = hub.Refusal();
        StringAssert.Contains(message, "502");
        StringAssert.Contains(message, "a bad\uFFFDday");
        StringAssert.Contains(message, "tried 5 times");
        Assert.HasCount(4, hub.Pauses);
        Assert.IsFalse(Directory.Exists(hub.Cache), "Nothing is made before something is downloaded.");
    }

    [TestMethod]
    public void A_broken_connection_is_continued_where_it_broke()
    {
        using var hub = new TestHub();
        int length = hub.Files[Weights].Length;
        int[] breaks = [100, 1000, length / 2];
        hub.AnswerStorage = request =>
        {
            LoopbackReply reply = hub.AnswerAsStorage(request);
            int at = hub.Storage.Requests.Count - 1;
            return at < breaks.Length ? reply with { BreakAfter = Math.Min(breaks[at], reply.Content!.Length - 1) } : reply;
        };
        hub.Download();
        int[] starts = [.. hub.Storage.Requests.Skip(1).Select(request => int.Parse(request["Range"]!["bytes=".Length..].TrimEnd('-')))];
        CollectionAssert.AreEqual(new[] { 100, 1100, 1100 + breaks[2] }, starts);
        Assert.IsTrue(hub.Pauses.All(pause => pause.TotalSeconds == 1), "What brings something does not count as failed.");
        CollectionAssert.AreEqual(hub.Files[Weights], File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
    }

    [TestMethod]
    public void After_the_last_try_the_part_stays_and_the_next_download_continues_it()
    {
        using var hub = new TestHub();
        hub.AnswerStorage = request => request["Range"] is null
            ? hub.AnswerAsStorage(request) with { BreakAfter = 1234 } : new LoopbackReply(503);
        StringAssert.Contains(hub.Refusal(), $"'{Weights}'");
        string blob = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights));
        Assert.AreEqual(1234, new FileInfo(blob + ".incomplete").Length);
        Assert.IsFalse(File.Exists(blob));
        Assert.IsEmpty(Directory.EnumerateFiles(hub.Snapshot), "No file of a model that is not whole has its name.");
        Assert.IsFalse(Directory.Exists(Path.Combine(hub.Folder, "refs")));
        hub.AnswerStorage = null;
        hub.Storage.Requests.Clear();
        hub.Download();
        Assert.AreEqual("bytes=1234-", hub.Storage.Requests.Single()["Range"]);
    }

    [TestMethod]
    public void A_silent_server_is_left()
    {
        using var hub = new TestHub { Silence = TimeSpan.FromSeconds(1) };
        bool first = true;
        hub.AnswerStorage = request =>
        {
            LoopbackReply reply = hub.AnswerAsStorage(request) with { IsSilent = first, BreakAfter = first ? 500 : null };
            first = false;
            return reply;
        };
        hub.Download();
        Assert.AreEqual("bytes=500-", hub.Storage.Requests.Last()["Range"]);
    }

    [TestMethod]
    public void A_canceled_download_stops_and_is_continued()
    {
        using var hub = new TestHub();
        using var stop = new CancellationTokenSource();
        hub.AnswerStorage = request => hub.AnswerAsStorage(request) with { IsSilent = true, BreakAfter = 700 };
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        Task<OperationCanceledException> download = Task.Run(() =>
            Assert.Throws<OperationCanceledException>(() => hub.Download(hub.Settings(), stop.Token)));
        WaitFor(partial, 700);
        stop.Cancel();
        Assert.IsTrue(download.Wait(TimeSpan.FromSeconds(10)));
        hub.AnswerStorage = null;
        hub.Download();
        Assert.AreEqual("bytes=700-", hub.Storage.Requests.Last()["Range"]);
    }

    [TestMethod]
    public void A_killed_process_is_continued()
    {
        using var hub = new TestHub();
        hub.AnswerStorage = request => hub.AnswerAsStorage(request) with { IsSilent = true, BreakAfter = 900 };
        string partial = Path.Combine(hub.Folder, "blobs", hub.TagOf(Weights) + ".incomplete");
        using (Process process = DownloadProcess.Start(hub.Hub.Address, hub.Cache))
        {
            WaitFor(partial, 900);
            process.Kill();
            process.WaitForExit();
        }
        hub.AnswerStorage = null;
        hub.Download();
        Assert.AreEqual("bytes=900-", hub.Storage.Requests.Last()["Range"]);
        CollectionAssert.AreEqual(hub.Files[Weights], File.ReadAllBytes(Path.Combine(hub.Snapshot, Weights)));
        EncoderModel.FromDirectory(hub.Folder).Files.OpenConfiguration();
    }

    [TestMethod]
    [DataRow(401, null, "knows no public model")]
    [DataRow(401, "GatedRepo", "accept the terms")]
    [DataRow(403, "GatedRepo", "accept the terms")]
    [DataRow(403, null, "HF_TOKEN")]
    [DataRow(404, null, "has no model 'owner/tiny'")]
    [DataRow(404, "RevisionNotFound", "no revision 'main'")]
    [DataRow(418, null, "418")]
    public void A_refusal_is_not_repeated_and_says_what_to_do(int status, string? code, string expected)
    {
        using var hub = new TestHub();
        hub.Answer = _ => code is null ? new LoopbackReply(status) : new LoopbackReply(status).With("X-Error-Code", code);
        string message = hub.Refusal(new HubOptions { Token = "" });
        StringAssert.Contains(message, expected);
        Assert.HasCount(1, hub.Hub.Requests);
        Assert.IsFalse(Directory.Exists(hub.Cache));
    }

    [TestMethod]
    public void A_token_that_is_refused_is_not_repeated_in_the_error()
    {
        using var hub = new TestHub();
        hub.Answer = _ => new LoopbackReply(401);
        string message = hub.Refusal();
        StringAssert.Contains(message, "that the token is valid");
        Assert.IsFalse(message.Contains(TestHub.Token, StringComparison.Ordinal));
    }

    [TestMethod]
    public void A_listed_file_that_is_absent_is_named()
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Path.EndsWith("vocab.txt", StringComparison.Ordinal) ? new LoopbackReply(404) : null;
        StringAssert.Contains(hub.Refusal(), "no file 'vocab.txt'");
    }

    [TestMethod]
    public void An_index_that_names_an_absent_shard_makes_no_model()
    {
        using var hub = new TestHub();
        hub.Files.Remove(Weights);
        hub.Files["model.safetensors.index.json"] = """{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"""u8.ToArray();
        StringAssert.Contains(hub.Refusal(), "lacks 'model-00001-of-00001.safetensors'");
        Assert.IsFalse(Directory.Exists(Path.Combine(hub.Folder, "refs")));
    }

    [TestMethod]
    public void A_cache_that_is_only_read_may_lack_the_reference()
    {
        using var hub = new TestHub();
        hub.Download(new HubOptions { Revision = TestHub.Commit });
        File.WriteAllText(Path.Combine(hub.Folder, "refs"), "a file in the way");
        Assert.AreEqual(hub.Snapshot, hub.Download());
    }

    [TestMethod]
    public void A_content_with_another_hash_is_deleted()
    {
        using var hub = new TestHub();
        byte[] wrong = [.. hub.Files[Weights]];
        wrong[^1] ^= 1;
        hub.AnswerStorage = request => TestHub.Part(request, wrong);
        string message = hub.Refusal();
        StringAssert.Contains(message, $"'{Weights}' has the hash {TestHub.Sha256(wrong)}");
        StringAssert.Contains(message, TestHub.Sha256(hub.Files[Weights]));
        Assert.IsFalse(Directory.EnumerateFiles(Path.Combine(hub.Folder, "blobs")).Any(file => file.Contains(hub.TagOf(Weights))));
    }

    [TestMethod]
    public void A_small_file_is_checked_by_gits_own_hash()
    {
        using var hub = new TestHub();
        hub.Answer = request => request.Method == "GET" && request.Path.EndsWith("vocab.txt", StringComparison.Ordinal)
            ? new LoopbackReply(200, [.. hub.Files["vocab.txt"].Reverse()]) : null;
        StringAssert.Contains(hub.Refusal(), "'vocab.txt' has the hash");
    }

    [TestMethod]
    [DataRow(1, false)]
    [DataRow(1, true)]
    [DataRow(-1, false)]
    public void A_content_of_another_length_is_refused(int more, bool hidesLength)
    {
        using var hub = new TestHub();
        byte[] weights = hub.Files[Weights];
        byte[] wrong = more > 0 ? [.. weights, 0] : weights[..^1];
        hub.AnswerStorage = _ => new LoopbackReply(200, wrong) { HidesLength = hidesLength };
        StringAssert.Contains(hub.Refusal(), $"expected {weights.Length} bytes");
        Assert.IsFalse(Directory.EnumerateFiles(Path.Combine(hub.Folder, "blobs")).Any(file => file.Contains(hub.TagOf(Weights))));
    }

    [TestMethod]
    public void A_compressed_content_is_refused()
    {
        using var hub = new TestHub();
        hub.AnswerStorage = request => hub.AnswerAsStorage(request).With("Content-Encoding", "gzip");
        StringAssert.Contains(hub.Refusal(), "compressed");
    }

    [TestMethod]
    [DataRow("<html>a portal</html>")]
    [DataRow("[]")]
    [DataRow("{}")]
    [DataRow("{\"sha\": \"../..\", \"siblings\": []}")]
    [DataRow("{\"sha\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", \"siblings\": []}")]
    [DataRow("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": [1]}")]
    [DataRow("{\"sha\": 1, \"siblings\": {}}")]
    public void An_answer_that_is_not_a_hubs_is_refused(string answer)
    {
        using var hub = new TestHub();
        hub.Answer = _ => LoopbackReply.Text(200, answer);
        StringAssert.Contains(hub.Refusal(), "Check that the endpoint is a hub");
    }

    [TestMethod]
    public void A_list_without_end_is_refused()
    {
        using var hub = new TestHub();
        hub.Answer = _ => new LoopbackReply(200, new byte[(16 << 20) + 1]);
        StringAssert.Contains(hub.Refusal(), "more than 16 MiB");
    }

    [TestMethod]
    public void On_a_full_disk_nothing_half_written_gets_a_name()
    {
        using SmallDisk? disk = SmallDisk.TryMount(mebibytes: 1);
        if (disk is null)
            Assert.Inconclusive("skipped: On_a_full_disk, which needs the right to mount a tmpfs.");
        using var hub = new TestHub();
        hub.Files[Weights] = new byte[3 << 20];
        (string, string) cache = ("HF_HUB_CACHE", disk.Path);
        StringAssert.Contains(hub.Refusal(null, cache), "is on a disk with");
        Assert.IsEmpty(hub.Storage.Requests);

        // The disk fills up during the download: a neighbor takes the space that was free when it began.
        hub.Files[Weights] = new byte[600 << 10];
        hub.Answer = request =>
        {
            if (request.Method == "GET" && request.Path.Contains("/resolve/") && !File.Exists(Path.Combine(disk.Path, "neighbor")))
                File.WriteAllBytes(Path.Combine(disk.Path, "neighbor"), new byte[600 << 10]);
            return null;
        };
        StringAssert.Contains(hub.Refusal(null, cache), "Make space, and download again");
        Assert.IsFalse(File.Exists(Path.Combine(disk.Path, "models--owner--tiny", "blobs", hub.TagOf(Weights))));
        File.Delete(Path.Combine(disk.Path, "neighbor"));
        hub.Answer = null;
        hub.Download(null, cache);
        Assert.IsNotNull(hub.Storage.Requests.Last()["Range"], "It continues where the disk was full.");
    }

    [TestMethod]
    public void A_cache_that_cannot_be_written_is_named()
    {
        using var hub = new TestHub();
        File.WriteAllText(hub.Cache, "a file");
        StringAssert.Contains(hub.Refusal(), hub.Cache);
    }

    private static void WaitFor(string path, long length)
    {
        long start = Environment.TickCount64;
        while (!File.Exists(path) || new FileInfo(path).Length < length)
        {
            Assert.IsLessThan(30_000, Environment.TickCount64 - start, $"'{path}' does not grow to {length} bytes.");
            Thread.Sleep(10);
        }
    }
}
