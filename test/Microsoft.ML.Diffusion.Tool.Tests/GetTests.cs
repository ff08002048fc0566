using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.Diffusion.Tests.Hub;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>Models are downloaded from a hub on this machine.</summary>
[TestClass]
public sealed class GetTests
{
    private const string Weights = "model.safetensors";

    [TestMethod]
    public void A_model_is_downloaded_and_says_what_it_is()
    {
        using var folder = new TestFolder();
        Dictionary<string, byte[]> files = Files(folder);
        using var hub = new LoopbackServer(request => Answer(files, request));
        string output = folder.Path("downloaded");
        CommandRun run = CommandRun.Succeed("get", "owner/tiny", "--endpoint", hub.Address, "--output", output);
        Assert.AreEqual(output, run.Lines.Single());
        StringAssert.Contains(run.Error, "inspect");
        foreach ((string name, byte[] content) in files.Where(file => file.Key != "README.md"))
            CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(output, name)), name);
        Assert.IsFalse(File.Exists(Path.Combine(output, "README.md")));
        StringAssert.Contains(CommandRun.Succeed("inspect", output).Output, "roberta");

        CommandRun.Fail(["get", "owner/absent", "--endpoint", hub.Address, "--output", folder.Path("b")], "owner/absent");
        CommandRun.Fail(["get", "../evil", "--endpoint", hub.Address], "'../evil'");
        CommandRun.Fail(["get", "owner/tiny", "--endpoint", "http://example.org", "--output", folder.Path("c")], "https");
        Assert.IsFalse(Directory.Exists(folder.Path("b")));
        Assert.IsFalse(Directory.Exists(folder.Path("c")));
    }

    [TestMethod]
    public void A_killed_get_is_continued()
    {
        using var folder = new TestFolder();
        Dictionary<string, byte[]> files = Files(folder);
        int half = files[Weights].Length / 2;
        bool isSilent = true;
        using var waiting = new ManualResetEventSlim();
        using var hub = new LoopbackServer(request =>
        {
            LoopbackReply reply = Answer(files, request);
            if (!isSilent || request.Method != "GET" || !request.Path.EndsWith(Weights, StringComparison.Ordinal))
                return reply;
            waiting.Set();
            return reply with { BreakAfter = half, IsSilent = true };
        });
        string output = folder.Path("downloaded");
        string[] before = Outside();
        var start = new ProcessStartInfo("dotnet",
            [typeof(ToolProgram).Assembly.Location, "get", "owner/tiny", "--endpoint", hub.Address, "--output", output])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using (Process process = Process.Start(start)!)
        {
            Assert.IsTrue(waiting.Wait(TimeSpan.FromMinutes(2)), "the weights were asked for");
            // The process has written what it got once a file has that length.
            Assert.IsTrue(SpinWait.SpinUntil(() => Directory.Exists(output) &&
                new DirectoryInfo(output).EnumerateFiles("*", SearchOption.AllDirectories).Any(file => file.Length == half),
                TimeSpan.FromMinutes(2)), "half of the weights is on the disk");
            process.Kill();
            process.WaitForExit();
        }
        Assert.IsFalse(File.Exists(Path.Combine(output, Weights)), "no part has the whole's name");
        isSilent = false;
        CommandRun.Succeed("get", "owner/tiny", "--endpoint", hub.Address, "--output", output);
        CollectionAssert.AreEqual(files[Weights], File.ReadAllBytes(Path.Combine(output, Weights)));
        LoopbackRequest last = hub.Requests.Last(request =>
            request.Method == "GET" && request.Path.EndsWith(Weights, StringComparison.Ordinal));
        Assert.AreEqual(string.Create(CultureInfo.InvariantCulture, $"bytes={half}-"), last["Range"]);
        CollectionAssert.AreEqual(before, Outside(), "nothing is written outside the folder asked for");

        string[] Outside() =>
            [.. Directory.EnumerateFileSystemEntries(folder.Root).Where(path => path != output).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, byte[]> Files(TestFolder folder)
    {
        var files = Directory.EnumerateFiles(folder.Model).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        files.Add("README.md", "# Tiny"u8.ToArray());
        return files;
    }

    private static LoopbackReply Answer(Dictionary<string, byte[]> files, LoopbackRequest request)
    {
        string commit = new('a', 40), start = $"/owner/tiny/resolve/{commit}/";
        if (request.Path.StartsWith("/api/models/owner/tiny/revision/", StringComparison.Ordinal))
        {
            return LoopbackReply.Text(200, JsonSerializer.Serialize(
                new { sha = commit, siblings = files.Keys.Select(file => new { rfilename = file }) }));
        }
        if (!request.Path.StartsWith(start, StringComparison.Ordinal) ||
            !files.TryGetValue(request.Path[start.Length..], out byte[]? content))
            return new LoopbackReply(404).With("X-Error-Code", "RepoNotFound");
        int from = request["Range"] is string range ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : 0;
        LoopbackReply reply = from == 0 ? new LoopbackReply(200, content) : new LoopbackReply(206, content[from..])
            .With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{content.Length - 1}/{content.Length}"));
        return reply.With("ETag", $"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"").With("X-Repo-Commit", commit);
    }
}
