using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What this package adds to <see cref="MLContext.Model"/>.</summary>
public static class ModelCatalog
{
    /// <summary>
    /// Saves a model, of whatever transformers, as <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/> does, but beside
    /// its place under a temporary name, which is renamed when everything is written. Whatever goes wrong, a model that stood there before
    /// stays as it was; <c>Save</c> empties its file first.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of the data that it reads; null where it is not to be saved.</param>
    /// <param name="filePath">The .zip; folders on the way are made. One that exists is replaced.</param>
    /// <param name="cancellationToken">Is looked at before and after the writing, which itself runs to its end.</param>
    /// <exception cref="ArgumentException">The path is empty or blank.</exception>
    /// <exception cref="CheckpointException">The file cannot be made, written or replaced.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; a model that stood there stays.</exception>
    /// <example>
    /// <code>
    /// mlContext.Model.SaveAtomically(model, data.Schema, modelPath);
    /// </code>
    /// </example>
    public static void SaveAtomically(
        this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string filePath,
        CancellationToken cancellationToken = default)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHostEnvironment env = catalog.GetEnvironment();
        env.CheckValue(model, nameof(model));
        env.CheckNonWhiteSpace(filePath, nameof(filePath));
        AtomicFile.Write(
            filePath, stream => WatchedStream.Write(stream, filePath, watched => catalog.Save(model, inputSchema, watched)), cancellationToken);
    }
}
