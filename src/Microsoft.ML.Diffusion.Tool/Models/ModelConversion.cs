using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Converts models between directories and .zip.</summary>
internal static class ModelConversion
{
    /// <summary>Converts a model.</summary>
    /// <param name="from">A directory or a .zip.</param>
    /// <param name="to">The path of the new one.</param>
    /// <param name="toZip">Whether the new one is a .zip.</param>
    /// <param name="type">How a directory stores the weights; null for as they were.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static void Convert(string from, string to, bool toZip, ElementType? type, CancellationToken cancellationToken)
    {
        var mlContext = new MLContext();
        if (ModelPath.IsZip(from))
        {
            if (toZip)
                throw new ArgumentException($"'{from}' and '{to}' are both a .zip; expected a directory as one of them.");
            FromZip(mlContext, from, to, type, cancellationToken);
            return;
        }
        EncoderModel model = EncoderModel.FromDirectory(from);
        TaskKind? task = TaskConfiguration.FindKind(model.Files.OpenConfiguration());
        if (toZip)
        {
            (ITransformer transformer, DataViewSchema schema) = ReadyModel.Make(mlContext, model, task);
            using (transformer as IDisposable)
                mlContext.Model.SaveAtomically(transformer, schema, to, cancellationToken);
            return;
        }
        using EncoderWithHead loaded = task is TaskKind kind
            ? model.LoadTask(kind, CpuEngine.Shared)
            : model.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
        EncoderCheckpoint.Save(loaded, model.Tokenizer, to, type ?? loaded.StoredAs, cancellationToken);
    }

    private static void FromZip(MLContext mlContext, string from, string to, ElementType? type, CancellationToken cancellationToken)
    {
        using ZipModel zip = ZipModel.Load(mlContext, from);
        Action<string>[] savers = [.. zip.Transformers.Select(ZipModel.SaverOf).OfType<Action<string>>()];
        if (savers.Length != 1)
            throw new ArgumentException($"'{from}' holds {savers.Length} models of Diffusion.ML ({zip.Names}); expected one.");
        if (type is null)
            savers[0](to);
        else // a transformer saves its weights as they are
            ZipModel.UseAsDirectory(savers[0], folder => Convert(folder, to, toZip: false, type, cancellationToken));
    }
}
