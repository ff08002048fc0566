using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>A pipeline that was loaded from a .zip.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="InputSchema">The schema of its input; null if the .zip names none.</param>
internal sealed record ZipModel(ITransformer Pipeline, DataViewSchema? InputSchema) : IDisposable
{
    /// <summary>Its transformers, in their order.</summary>
    public IReadOnlyList<ITransformer> Transformers { get; } = [.. Flatten(Pipeline)];

    /// <summary>The names of their types, for messages.</summary>
    public string Names => string.Join(", ", Transformers.Select(transformer => transformer.GetType().Name));

    /// <summary>Loads a .zip.</summary>
    public static ZipModel Load(MLContext mlContext, string path)
    {
        ITransformer pipeline = mlContext.Model.Load(path, out DataViewSchema? schema);
        return new ZipModel(pipeline, schema);
    }

    /// <summary>Saves a transformer's model as a directory; null if it has none.</summary>
    public static Action<string>? SaverOf(ITransformer transformer) => transformer switch
    {
        ModelTransformerBase<TaskModel> task => task.SaveToDirectory,
        ModelTransformerBase<MaskedLanguageModel> writer => writer.SaveToDirectory,
        _ => null,
    };

    /// <summary>Saves the model of the only transformer that has one as a directory.</summary>
    /// <param name="path">The path of the .zip, for the error.</param>
    /// <exception cref="ArgumentException">None has one, or several have.</exception>
    public Action<string> OnlySaver(string path)
    {
        Action<string>[] savers = [.. Transformers.Select(SaverOf).OfType<Action<string>>()];
        return savers is [Action<string> only] ? only
            : throw new ArgumentException($"'{path}' holds {savers.Length} models of Diffusion.ML ({Names}); expected one.");
    }

    /// <summary>Saves a model as a directory that lasts as long as it is used.</summary>
    public static void UseAsDirectory(Action<string> save, Action<string> use)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"diffusion-ml-{Guid.NewGuid():N}");
        try
        {
            save(folder);
            use(folder);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (Pipeline as IDisposable)?.Dispose();

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];
}
