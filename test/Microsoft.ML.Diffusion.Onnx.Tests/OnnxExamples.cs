using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The code of docs/onnx.md.</summary>
[TestClass]
public sealed class OnnxExamples
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-examples").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void An_encoder_is_written_in_three_formats_and_read_again()
    {
        string directory = Path.Combine(_folder, "model");
        // <example: save-onnx-directory>
        EncoderModel.Default.SaveOnnxDirectory(directory);
        EncoderModel.Default.SaveOnnxDirectory(directory, new OnnxExportOptions { Precision = OnnxPrecision.Float16 });
        EncoderModel.Default.SaveOnnxDirectory(directory, new OnnxExportOptions { Precision = OnnxPrecision.Int8 });
        // </example>
        string onnx = Path.Combine(directory, "onnx");
        CollectionAssert.AreEquivalent(new[] { "model.onnx", "model_fp16.onnx", "model_quantized.onnx" },
            Directory.GetFiles(onnx).Select(Path.GetFileName).ToArray());
        Assert.IsTrue(File.Exists(Path.Combine(directory, ModelFiles.ConfigurationName)));

        // <example: read-onnx>
        EncoderModel model = EncoderModel.FromOnnx(Path.Combine(directory, "onnx", "model.onnx"), directory);
        // </example>
        using MaskedLanguageModel original = EncoderModel.Default.LoadMaskedLanguageModel(CpuEngine.Shared);
        AssertClose(original, model, 0);
        AssertClose(original, EncoderModel.FromOnnx(Path.Combine(onnx, "model_fp16.onnx"), directory), 1.0 / 2048);
        AssertClose(original, EncoderModel.FromOnnx(Path.Combine(onnx, "model_quantized.onnx"), directory), 0.5 / 63);
    }

    [TestMethod]
    public void Embeddings_are_a_file_of_their_own()
    {
        string path = Path.Combine(_folder, "sentences.onnx");
        // <example: save-onnx-embedding>
        EncoderModel.Default.SaveOnnx(path, new OnnxExportOptions { Output = OnnxOutput.MeanEmbedding, NormalizeEmbedding = true });
        // </example>
        using var session = new OnnxRuntime.InferenceSession(path);
        CollectionAssert.Contains(session.OutputNames.ToArray(), "sentence_embedding");
    }

    /// <summary>Compares all weights; the tolerance is a share of a parameter's greatest number.</summary>
    private static void AssertClose(MaskedLanguageModel original, EncoderModel model, double tolerance)
    {
        using MaskedLanguageModel read = model.LoadMaskedLanguageModel(CpuEngine.Shared);
        Assert.AreEqual(original.Parameters.All.Count, read.Parameters.All.Count);
        foreach (Parameter parameter in original.Parameters.All)
        {
            float[] expected = new float[parameter.Length], actual = new float[parameter.Length];
            original.Engine.Read(parameter, 0, expected);
            read.Engine.Read(read.Parameters[parameter.Name], 0, actual);
            double greatest = expected.Max(Math.Abs), difference = expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
            Assert.IsLessThanOrEqualTo(tolerance * greatest * 1.001, difference, parameter.Name);
        }
    }
}
