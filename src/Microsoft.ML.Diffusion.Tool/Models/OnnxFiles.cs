using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Converts models from and to ONNX files.</summary>
internal static class OnnxFiles
{
    /// <summary>Writes a model as an ONNX file.</summary>
    /// <param name="from">A directory or a .zip.</param>
    /// <param name="path">The file.</param>
    /// <param name="type">How the file stores the weights.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static void ToOnnx(string from, string path, WeightType type, CancellationToken cancellationToken)
    {
        var options = new OnnxExportOptions
        {
            Precision = type switch
            {
                WeightType.Float16 => OnnxPrecision.Float16,
                WeightType.Int8 => OnnxPrecision.Int8,
                _ => OnnxPrecision.Float32,
            },
        };
        if (!ModelPath.IsZip(from))
        {
            EncoderModel.FromDirectory(from).SaveOnnx(path, options, cancellationToken);
            return;
        }
        using ZipModel zip = ZipModel.Load(new MLContext(), from);
        ZipModel.UseAsDirectory(zip.OnlySaver(from),
            folder => EncoderModel.FromDirectory(folder).SaveOnnx(path, options, cancellationToken));
    }

    /// <summary>Reads an ONNX file as a directory that lasts as long as it is used.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokenizer">Its tokenizer: a directory or a file; null for the file's directory, or the one above a directory onnx.
    /// </param>
    /// <param name="use">Uses the directory.</param>
    public static void FromOnnx(string path, string? tokenizer, Action<string> use)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Path.GetFileName(folder) == "onnx" && Path.GetDirectoryName(folder) is string above)
            folder = above;
        EncoderModel model = EncoderModel.FromOnnx(path, tokenizer ?? folder);
        try
        {
            _ = model.Tokenizer;
        }
        catch (TokenizerException exception) when (tokenizer is null)
        {
            throw new ArgumentException(
                $"'{folder}' has no tokenizer for '{path}': {exception.Message} Or name another directory or file with --tokenizer.", exception);
        }
        ZipModel.UseAsDirectory(directory => Save(model, directory), use);
    }

    private static void Save(EncoderModel model, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (string name in model.Files.Names)
        {
            using ModelFile file = model.Files.Open(name);
            using Stream content = file.OpenStream();
            using FileStream copy = File.Create(Path.Combine(directory, name));
            content.CopyTo(copy);
        }
    }
}
