using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Inspection;

/// <summary>Describes a .zip that was saved with ML.NET.</summary>
internal static class ZipInspection
{
    /// <summary>Describes a .zip.</summary>
    public static IReadOnlyList<Field> Describe(string path, CancellationToken cancellationToken)
    {
        var fields = new List<Field> { new("path", path), new("form", $"ML.NET .zip, {TextForms.Bytes(ModelPath.Size(path))}") };
        var mlContext = new MLContext();
        ITransformer pipeline;
        DataViewSchema? schema;
        try
        {
            pipeline = mlContext.Model.Load(path, out schema);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or InvalidOperationException
            or ArgumentException or IOException)
        {
            fields.Add(new(DirectoryInspection.Problem, exception.Message));
            return fields;
        }
        using var disposable = pipeline as IDisposable;
        if (schema is not null)
        {
            fields.Add(new("input", schema.Where(column => !column.IsHidden)
                .Select(column => new Field(column.Name, column.Type.ToString())).ToArray()));
        }
        ITransformer[] all = [.. ZipModel.Transformers(pipeline)];
        fields.Add(new("transformers", string.Join(", ", all.Select(transformer => transformer.GetType().Name))));
        foreach (ITransformer transformer in all)
        {
            if (ZipModel.SaverOf(transformer) is not Action<string> save)
                continue;
            // The model inside is described as the directory that it is saved as.
            string folder = Path.Combine(Path.GetTempPath(), $"diffusion-ml-{Guid.NewGuid():N}");
            try
            {
                save(folder);
                IReadOnlyList<Field> inside = DirectoryInspection.Describe(EncoderModel.FromDirectory(folder), cancellationToken);
                fields.Add(new(transformer.GetType().Name, inside));
            }
            finally
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
            }
        }
        return fields;
    }
}
