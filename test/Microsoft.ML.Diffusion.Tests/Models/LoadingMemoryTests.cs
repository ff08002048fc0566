using System.Globalization;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What loading a model takes of memory, in a process of its own, which is the program eng/memory.</summary>
[TestClass]
public sealed class LoadingMemoryTests
{
    /// <summary>The weights are mapped, and packed one by one: the model is never held twice.</summary>
    [TestMethod]
    public void A_directory_takes_less_private_memory_than_1_3_times_its_weights()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Skipped: private memory can be distinguished from mapped files on Linux only.");
        string directory = Directory.CreateTempSubdirectory("loading-memory").FullName;
        try
        {
            EncoderConfiguration configuration = EncoderCheckpoint.ReadConfiguration(TinyModel.Model.Files);
            configuration = configuration with
            {
                VocabularySize = 20_000, HiddenSize = 512, Layers = 5, MaxLength = 128,
                Attention = configuration.Attention with { Heads = 8 }, FeedForward = configuration.FeedForward with { Width = 2048 },
            };
            using (MaskedLanguageModel model =
                MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 1))
                EncoderCheckpoint.Save(model, directory);
            TinyModel.Model.Tokenizer.Save(directory);
            long bytes = new FileInfo(Path.Combine(directory, "model.safetensors")).Length;
            Assert.IsInRange(100_000_000, 150_000_000, bytes);
            (int code, string output, string error) =
                ExampleProcess.Run("memory", ["directory", directory, bytes.ToString(CultureInfo.InvariantCulture)]);
            Assert.AreEqual(0, code, output + error);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
