using Microsoft.ML.Diffusion.Hub;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Downloads models by name from Hugging Face's hub, or from a server that behaves as it does. Nothing else in this library opens a
/// connection. The files are those that a model needs, and are kept in the cache that Hugging Face's software shares.
/// </summary>
public static class ModelHub
{
    /// <summary>Downloads a model's files, or finds them in the cache.</summary>
    /// <param name="name">The model's name, <c>owner/name</c>.</param>
    /// <param name="options">The revision, the place of the files and the like; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the download; the next one continues it.</param>
    /// <returns>The directory with the files: the snapshot in the cache, or <see cref="HubOptions.OutputDirectory"/>.</returns>
    /// <exception cref="ArgumentException">The name or the revision cannot be one, or a directory's path is empty.</exception>
    /// <exception cref="HubException">The endpoint or the token cannot be used, there is no such model, it is not one that is read here,
    /// the hub refuses it or cannot be reached, the content is not what the hub describes, or the files cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The download was canceled.</exception>
    public static Task<string> DownloadAsync(
        string name, HubOptions? options = null, CancellationToken cancellationToken = default)
    {
        HubNames.CheckRepository(name);
        HubSettings settings = HubSettings.Of(
            options ?? new HubOptions(), Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        return ModelDownload.RunAsync(name, settings, new Patience(), cancellationToken);
    }

    /// <inheritdoc cref="DownloadAsync"/>
    public static string Download(string name, HubOptions? options = null, CancellationToken cancellationToken = default) =>
        // On the thread pool: the caller's thread may have a context to which nothing could return while it waits.
        Task.Run(() => DownloadAsync(name, options, cancellationToken), CancellationToken.None).GetAwaiter().GetResult();
}
