using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Extension methods of <see cref="MLContext.Model"/>.</summary>
public static class ModelCatalog
{
    /// <summary>
    /// Saves a model atomically. Any model can be saved, and the file is the same as that of
    /// <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/>. The model is written to a temporary file in the
    /// same directory, which is renamed when it is complete. If the save fails, an existing file stays as it was; <c>Save</c> empties it
    /// first.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of the input data; null to save none.</param>
    /// <param name="filePath">The path of the .zip; missing directories are created. An existing file is replaced.</param>
    /// <param name="cancellationToken">Cancels the save before or after the writing, which itself is not interrupted.</param>
    /// <exception cref="ArgumentException">The path is empty or blank.</exception>
    /// <exception cref="CheckpointException">The file cannot be created, written or replaced.</exception>
    /// <exception cref="OperationCanceledException">The save was cancelled; an existing file stays.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("It was a {1} night.")]);
    /// ITransformer model = mlContext.Transforms.Text.Infill("Text", "Template").Fit(data);
    ///
    /// mlContext.Model.SaveAtomically(model, data.Schema, "model.zip");
    ///
    /// ITransformer loaded = mlContext.Model.Load("model.zip", out DataViewSchema inputSchema);
    /// Console.WriteLine(inputSchema[0].Name);
    /// Console.WriteLine(loaded.Transform(data).GetColumn<string>("Text").First());
    /// // Prints "Template" and a text such as "It was a dark night."
    ///
    /// record Row(string Template);
    /// ]]></code>
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
            filePath, stream => WatchedStream.Write(stream, filePath, watched => catalog.Save(model, inputSchema, watched)),
            cancellationToken);
    }
}
