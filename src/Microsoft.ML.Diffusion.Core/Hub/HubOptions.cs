namespace Microsoft.ML.Diffusion;

/// <summary>
/// How a model is downloaded. A null takes the value from the environment, by the variables of Hugging Face's own software, so a machine
/// that is set up for Python needs no other setup.
/// </summary>
public sealed class HubOptions
{
    /// <summary>
    /// The revision: a branch, a tag, or a commit. Only the 40 hexadecimal digits of a commit always name the same files; if they are in
    /// the cache, no connection is opened.
    /// </summary>
    public string Revision { get; init; } = "main";

    /// <summary>
    /// The cache, which Hugging Face's software shares; null for <c>HF_HUB_CACHE</c>, else the folder <c>hub</c> in <c>HF_HOME</c>, else
    /// <c>~/.cache/huggingface/hub</c> (in <c>XDG_CACHE_HOME</c> if that is set).
    /// </summary>
    public string? CacheDirectory { get; init; }

    /// <summary>
    /// A directory that gets the files themselves, without links; the cache is then not used. It may be missing, be empty, or have files
    /// of the same model. Null for the cache.
    /// </summary>
    public string? OutputDirectory { get; init; }

    /// <summary>
    /// The address of the hub or of a mirror, with https (http is allowed only to this machine); null for <c>HF_ENDPOINT</c>, else
    /// <c>https://huggingface.co</c>.
    /// </summary>
    public string? Endpoint { get; init; }

    /// <summary>
    /// The access token for private and gated models, which is sent to the endpoint and to no other host; null for <c>HF_TOKEN</c>, else
    /// the file that <c>HF_TOKEN_PATH</c> names, else the file <c>token</c> in <c>HF_HOME</c>. An empty text sends none.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Whether only the cache is used and no connection is opened; null for <c>HF_HUB_OFFLINE</c>, else false.</summary>
    public bool? Offline { get; init; }

    /// <summary>Is told about the progress, a few times each second, from any thread; null for nothing.</summary>
    public IProgress<HubProgress>? Progress { get; init; }
}
