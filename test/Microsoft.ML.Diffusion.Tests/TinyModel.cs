using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A model of one layer × 32 with random weights, in a directory: what a user's own checkpoint looks like, only small.</summary>
[TestClass]
public static class TinyModel
{
    public const int MaxLength = 32;

    private static readonly Lazy<string> s_directory = new(Make);

    public static EncoderModel Model => EncoderModel.FromDirectory(s_directory.Value);

    [AssemblyCleanup]
    public static void Remove()
    {
        if (s_directory.IsValueCreated)
            Directory.Delete(s_directory.Value, recursive: true);
        ReadyModels.Remove();
    }

    private static string Make()
    {
        string directory = Directory.CreateTempSubdirectory("tiny-model").FullName;
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 290);
        var configuration = new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 32, Layers = 1, MaxLength = MaxLength, PadToken = tokenizer.PadToken,
                InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { PositionOffset = tokenizer.PadToken + 1, TokenTypes = 1 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 64 },
        };
        using MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 5);
        EncoderCheckpoint.Save(model, directory);
        tokenizer.Save(directory);
        return directory;
    }
}
