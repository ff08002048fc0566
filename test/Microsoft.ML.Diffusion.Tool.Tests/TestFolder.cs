using System.Text;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>A folder for a test, with a tiny model and files of examples.</summary>
internal sealed class TestFolder : IDisposable
{
    private static readonly string[] s_good = ["a wonderful film", "the film was good", "a good and wonderful cat", "wonderful and good"];
    private static readonly string[] s_bad = ["a dull film", "the film was bad", "a bad and dull dog", "dull and bad"];

    public TestFolder() => Root = Directory.CreateTempSubdirectory("tool-tests").FullName;

    public string Root { get; }

    /// <summary>A model of one layer × 32 with random weights.</summary>
    public string Model => _model ??= MakeModel();

    private string? _model;

    /// <summary>Examples of two classes, with a comma and a quote in a text.</summary>
    public string Csv => Write("films.csv", "sentiment,review,id\n" + string.Concat(Enumerable.Range(0, 16).Select(i =>
        $"good,\"{s_good[i % 4]}, \"\"indeed\"\"\",{i}\nbad,{s_bad[i % 4]},{i}\n")));

    public string Path(string name) => System.IO.Path.Combine(Root, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    public string Write(string name, string text, Encoding encoding)
    {
        File.WriteAllText(Path(name), text, encoding);
        return Path(name);
    }

    /// <summary>A model that was trained on <see cref="Csv"/>.</summary>
    public string TrainClassifier(string name = "films.zip")
    {
        string output = Path(name);
        CommandRun.Succeed(
            "train", "classify", "--data", Csv, "--label", "sentiment", "--text", "review", "--model", Model, "--output", output,
            "--epochs", "30", "--batch", "8", "--rate", "0.01");
        return output;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private string MakeModel()
    {
        string directory = Path("model");
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train([string.Join('\n', [.. s_good, .. s_bad, "Anna was born in London. Who was born " +
            "where?"])], 320);
        var configuration = new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 32, Layers = 1, MaxLength = 256, PadToken = tokenizer.PadToken,
            InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { PositionOffset = tokenizer.PadToken + 1, TokenTypes = 1 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 64 },
        };
        using MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 5);
        EncoderCheckpoint.Save(model, tokenizer, directory);
        return directory;
    }
}
