using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Diffusion.Hub;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Tests.Files;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>
/// A hub on this machine with one model, owner/tiny, and a second server on another port for large files, to which it redirects; and a
/// directory for the downloads. A test may answer in place of either.
/// </summary>
internal sealed class TestHub : IDisposable
{
    public const string Name = "owner/tiny", Token = "hf_secret";
    private static readonly Lazy<Dictionary<string, byte[]>> s_model = new(MakeModel);

    public TestHub()
    {
        Files = new(s_model.Value, StringComparer.Ordinal) { ["README.md"] = "# Tiny"u8.ToArray(), ["tf_model.h5"] = new byte[10] };
        Hub = new LoopbackServer(request => Answer?.Invoke(request) ?? AnswerAsHub(request));
        Storage = new LoopbackServer(request => AnswerStorage?.Invoke(request) ?? AnswerAsStorage(request));
    }

    public static string Commit { get; } = new('a', 40);

    public LoopbackServer Hub { get; }

    /// <summary>Where the hub keeps large files, as a CDN does.</summary>
    public LoopbackServer Storage { get; }

    public Dictionary<string, byte[]> Files { get; }

    public TemporaryDirectory Directory { get; } = new();

    public string Cache => Directory["cache"];

    public string Folder => Path.Combine(Cache, "models--owner--tiny");

    public string Snapshot => Path.Combine(Folder, "snapshots", Commit);

    /// <summary>Answers in place of the hub, or null.</summary>
    public Func<LoopbackRequest, LoopbackReply?>? Answer { get; set; }

    /// <summary>Answers in place of the second server, or null.</summary>
    public Func<LoopbackRequest, LoopbackReply?>? AnswerStorage { get; set; }

    /// <summary>The pauses that the client made; they take no time.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    public TimeSpan Silence { get; set; } = TimeSpan.FromSeconds(20);

    public HubSettings Settings(HubOptions? options = null, params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        environment.TryAdd("HF_HUB_CACHE", Cache);
        environment.TryAdd("HF_ENDPOINT", Hub.Address);
        environment.TryAdd("HF_TOKEN", Token);
        return HubSettings.Of(options ?? new HubOptions(), environment.GetValueOrDefault, Directory["home"]);
    }

    public string Download(HubOptions? options = null, params (string Name, string Value)[] variables) =>
        Download(Settings(options, variables));

    public string Download(HubSettings settings, CancellationToken cancellationToken = default) => ModelDownload.RunAsync(
        Name, settings, new Patience
        {
            Silence = Silence,
            Wait = (pause, token) =>
            {
                Pauses.Add(pause);
                token.ThrowIfCancellationRequested();
                return Task.CompletedTask;
            },
        }, cancellationToken).GetAwaiter().GetResult();

    /// <summary>The error of a download that must fail.</summary>
    public string Refusal(HubOptions? options = null, params (string Name, string Value)[] variables) =>
        Assert.Throws<HubException>(() => Download(options, variables)).Message;

    /// <summary>The requests for a file's content, to either server.</summary>
    public string[] Fetches(string file) =>
        [.. Hub.Requests.Concat(Storage.Requests).Where(request => request.Method == "GET" && request.Path.Contains(file))
            .Select(request => request.ToString())];

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

#pragma warning disable CA5350 // what git uses
    public static string GitHash(byte[] content) => Convert.ToHexStringLower(
        SHA1.HashData([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")), .. content]));
#pragma warning restore CA5350

    public string TagOf(string file) => IsLarge(file) ? Sha256(Files[file]) : GitHash(Files[file]);

    /// <summary>What the hub would answer.</summary>
    public LoopbackReply AnswerAsHub(LoopbackRequest request)
    {
        if (request.Path.StartsWith($"/api/models/{Name}/revision/", StringComparison.Ordinal))
        {
            return LoopbackReply.Text(200, JsonSerializer.Serialize(
                new { sha = Commit, siblings = Files.Keys.Select(file => new { rfilename = file }) }));
        }
        string start = $"/{Name}/resolve/{Commit}/";
        string file = request.Path.StartsWith(start, StringComparison.Ordinal) ? request.Path[start.Length..] : "";
        if (!Files.TryGetValue(file, out byte[]? content))
            return new LoopbackReply(404).With("X-Error-Code", "EntryNotFound");
        LoopbackReply reply = IsLarge(file)
            ? LoopbackReply.Redirect(302, $"{Storage.Address}/{file}?signature=1").With("X-Linked-Etag", $"\"{Sha256(content)}\"")
                .With("X-Linked-Size", $"{content.Length}")
            : Part(request, content).With("ETag", $"\"{GitHash(content)}\"");
        return reply.With("X-Repo-Commit", Commit);
    }

    /// <summary>What the second server would answer.</summary>
    public LoopbackReply AnswerAsStorage(LoopbackRequest request) =>
        Files.TryGetValue(request.Path.Split('?')[0][1..], out byte[]? content)
            ? Part(request, content).With("ETag", "\"of-the-storage-1\"") : new LoopbackReply(404);

    /// <summary>The range that a request asks for.</summary>
    public static LoopbackReply Part(LoopbackRequest request, byte[] content)
    {
        if (request["Range"] is not string range)
            return new LoopbackReply(200, content);
        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= content.Length
            ? new LoopbackReply(416)
            : new LoopbackReply(206, content[from..]).With("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
    }

    public void Dispose()
    {
        Hub.Dispose();
        Storage.Dispose();
        Directory.Dispose();
    }

    private static bool IsLarge(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal);

    private static Dictionary<string, byte[]> MakeModel()
    {
        using var directory = new TemporaryDirectory();
        SavedModels.Save(1, directory["model"]);
        return System.IO.Directory.EnumerateFiles(directory["model"]).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
    }
}
