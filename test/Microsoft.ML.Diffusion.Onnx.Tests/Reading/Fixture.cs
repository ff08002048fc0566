using System.IO.Compression;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>The tiny models that eng/onnx/export.py wrote.</summary>
public static class Fixture
{
    private const string End = ".onnx.gz";

    public static IEnumerable<string> Names { get; } =
        [.. typeof(Fixture).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(End, StringComparison.Ordinal))
            .Select(name => name[..^End.Length]).Order(StringComparer.Ordinal)];

    /// <summary>A vocabulary of as many tokens as the models have rows.</summary>
    public static ModelFiles Tokenizer(string? configuration = null)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["vocab.txt"] = Encoding.UTF8.GetBytes(
                string.Join('\n', ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range('a', 19).Select(c =>
                    ((char)c).ToString())])),
        };
        if (configuration is not null)
            files["config.json"] = Encoding.UTF8.GetBytes(configuration);
        return ModelFiles.FromMemory(files, "the fixtures");
    }

    public static byte[] Read(string name)
    {
        using var packed = new GZipStream(typeof(Fixture).Assembly.GetManifestResourceStream(name + End)!, CompressionMode.Decompress);
        using var content = new MemoryStream();
        packed.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The model as ONNX Runtime's optimizer writes it.</summary>
    public static byte[] Optimize(byte[] onnx, GraphOptimizationLevel level)
    {
        string path = Path.GetTempFileName();
        using (var options = new SessionOptions { GraphOptimizationLevel = level, OptimizedModelFilePath = path, IntraOpNumThreads = 1 })
        {
            // Layouts of this processor's caches are not for a file that others read.
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            new InferenceSession(onnx, options).Dispose();
        }
        byte[] optimized = File.ReadAllBytes(path);
        File.Delete(path);
        return optimized;
    }
}
