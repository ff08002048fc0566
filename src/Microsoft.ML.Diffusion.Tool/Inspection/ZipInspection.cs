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
        ZipModel zip;
        try
        {
            zip = ZipModel.Load(new MLContext(), path);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or InvalidOperationException
            or ArgumentException or IOException)
        {
            fields.Add(new(DirectoryInspection.Problem, exception.Message));
            return fields;
        }
        using (zip)
        {
            if (zip.InputSchema is DataViewSchema schema)
            {
                fields.Add(new("input", schema.Where(column => !column.IsHidden)
                    .Select(column => new Field(column.Name, column.Type.ToString())).ToArray()));
            }
            fields.Add(new("transformers", zip.Names));
            foreach (ITransformer transformer in zip.Transformers)
            {
                // The model inside is described as the directory that it is saved as.
                if (ZipModel.SaverOf(transformer) is Action<string> save)
                {
                    ZipModel.UseAsDirectory(save, folder => fields.Add(new(transformer.GetType().Name,
                        DirectoryInspection.Describe(EncoderModel.FromDirectory(folder), cancellationToken))));
                }
            }
        }
        return fields;
    }
}
