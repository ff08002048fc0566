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
        if (toZip)
        {
            TaskKind? task = TaskConfiguration.FindKind(model.Files.OpenConfiguration());
            (ITransformer transformer, DataViewSchema schema) = ReadyModel.Make(mlContext, model, task);
            using (transformer as IDisposable)
                mlContext.Model.SaveAtomically(transformer, schema, to, cancellationToken);
            return;
        }
        using EncoderWithHead loaded = model.Load(CpuEngine.Shared, cancellationToken);
        EncoderCheckpoint.Save(loaded, model.Tokenizer, to, type ?? loaded.StoredAs, cancellationToken);
    }

    private static void FromZip(MLContext mlContext, string from, string to, ElementType? type, CancellationToken cancellationToken)
    {
        using ZipModel zip = ZipModel.Load(mlContext, from);
        Action<string> save = zip.OnlySaver(from);
        if (type is null)
            save(to);
        else // a transformer saves its weights as they are
            ZipModel.UseAsDirectory(save, folder => Convert(folder, to, toZip: false, type, cancellationToken));
    }
}
