using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The options of a download with the environment's values in place of nulls.</summary>
internal sealed class HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";
    private const int LongestToken = 4096;

    private HubSettings(HubOptions options, Func<string, string?> variable, string home)
    {
        Revision = options.Revision;
        Progress = options.Progress;
        string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string? Folder(string name) => Variable(name) is string path ? Expand(path, home) : null;

        Offline = options.Offline ?? (IsTrue(Variable("HF_HUB_OFFLINE")) || IsTrue(Variable("TRANSFORMERS_OFFLINE")));
        UseLinks = !IsTrue(Variable("HF_HUB_DISABLE_SYMLINKS"));
        Endpoint = options.Endpoint is string endpoint
            ? HubAddresses.ReadEndpoint(endpoint, "The endpoint")
            : HubAddresses.ReadEndpoint(Variable("HF_ENDPOINT") ?? DefaultEndpoint, "The environment variable HF_ENDPOINT");
        string hubHome = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface");
        CacheDirectory = Path.GetFullPath(
            options.CacheDirectory ?? Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(hubHome, "hub"));
        OutputDirectory = options.OutputDirectory is string output
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) : null;
        if (options.Token is not null)
            Token = CheckToken(options.Token, "The token of the options");
        else if (!IsTrue(Variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
            Token = CheckToken(Variable("HF_TOKEN"), "The environment variable HF_TOKEN") ??
                ReadTokenFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(hubHome, "token"));
    }

    public string Revision { get; }

    public string CacheDirectory { get; }

    public string? OutputDirectory { get; }

    /// <summary>The hub, with a slash at its end.</summary>
    public Uri Endpoint { get; }

    public string? Token { get; }

    public bool Offline { get; }

    /// <summary>Whether a snapshot has links to the blobs; where links are refused, it has the files themselves.</summary>
    public bool UseLinks { get; }

    public IProgress<HubProgress>? Progress { get; }

    /// <summary>Fills in the options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="variable">The environment's variables.</param>
    /// <param name="home">The user's directory.</param>
    /// <exception cref="ArgumentException">The revision cannot be one, or a directory's path is empty.</exception>
    /// <exception cref="HubException">The endpoint or the token cannot be used.</exception>
    public static HubSettings Of(HubOptions options, Func<string, string?> variable, string home)
    {
        HubNames.CheckRevision(options.Revision);
        if (options.CacheDirectory is "" || options.OutputDirectory is "")
            throw new ArgumentException("A directory's path is empty; expected a path, or null for the default.", nameof(options));
        return new HubSettings(options, variable, home);
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string Expand(string path, string home)
    {
        path = Environment.ExpandEnvironmentVariables(path);
        return path == "~" ? home : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path;
    }

    private static string? ReadTokenFile(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using FileStream file = InputFile.Open(path, message => new HubException(message));
            var content = new byte[LongestToken + 1];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return CheckToken(System.Text.Encoding.ASCII.GetString(content, 0, length), $"The content of '{path}'");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new HubException(
                $"The token file '{path}' cannot be read: {exception.Message} Make it readable, or set HF_TOKEN; an empty token in the " +
                "options sends none.", exception);
        }
    }

    /// <summary>A header's value must not have line breaks. The message does not repeat the token.</summary>
    private static string? CheckToken(string? text, string source)
    {
        string token = text?.Trim() ?? "";
        if (token.Length == 0)
            return null;
        if (token.Length > LongestToken || token.Any(character => character is <= ' ' or > '~'))
            throw new HubException(
                $"{source} is not a token; expected one word of ASCII characters, such as hf_…. Copy the token again from the hub's " +
                "settings.");
        return token;
    }
}
