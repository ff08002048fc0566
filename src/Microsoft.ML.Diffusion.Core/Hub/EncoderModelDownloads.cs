namespace Microsoft.ML.Diffusion;

/// <summary>
/// <c>EncoderModel.Download</c>. It is an extension so that models do not depend on the part of this library that opens connections.
/// </summary>
public static class EncoderModelDownloads
{
    extension(EncoderModel)
    {
        /// <summary>Downloads a model by name, or finds it in the cache, and opens its directory.</summary>
        /// <inheritdoc cref="ModelHub.DownloadAsync"/>
        /// <returns>The model.</returns>
        public static EncoderModel Download(
            string name, HubOptions? options = null, CancellationToken cancellationToken = default) =>
            EncoderModel.FromDirectory(ModelHub.Download(name, options, cancellationToken));

        /// <summary>Downloads a model by name, or finds it in the cache, and opens its directory.</summary>
        /// <inheritdoc cref="ModelHub.DownloadAsync"/>
        /// <returns>The model.</returns>
        public static async Task<EncoderModel> DownloadAsync(
            string name, HubOptions? options = null, CancellationToken cancellationToken = default) =>
            EncoderModel.FromDirectory(await ModelHub.DownloadAsync(name, options, cancellationToken).ConfigureAwait(false));
    }
}
