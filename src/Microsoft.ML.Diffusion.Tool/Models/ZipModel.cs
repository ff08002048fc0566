using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Models as .zip.</summary>
internal static class ZipModel
{
    /// <summary>The transformers of a pipeline, in their order.</summary>
    public static IEnumerable<ITransformer> Transformers(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Transformers) : [model];

    /// <summary>Saves a transformer's model as a directory; null if it has none.</summary>
    public static Action<string>? SaverOf(ITransformer transformer) => transformer switch
    {
        ModelTransformerBase<TaskModel> task => task.SaveToDirectory,
        ModelTransformerBase<MaskedLanguageModel> writer => writer.SaveToDirectory,
        _ => null,
    };
}
