using System.Text;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A small BERT of random weights with two token types, whose tokenizer spells any text of common characters.</summary>
internal static class ScoringModel
{
    private static readonly Lazy<EncoderModel> s_model = new(Create);

    public static EncoderModel Model => s_model.Value;

    /// <summary>A WordPiece tokenizer of characters and some words.</summary>
    /// <param name="configuration">The content of tokenizer_config.json.</param>
    public static Tokenizer Tokenizer(string configuration = """{ "do_lower_case": true }""")
    {
        string[] letters = [.. Enumerable.Range('a', 26).Concat(Enumerable.Range('0', 10)).Select(letter => $"{(char)letter}")];
        string[] tokens =
        [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. letters, .. letters.Select(letter => $"##{letter}"),
            .. "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~".Select(mark => $"{mark}"), "the", "day", "good", "bad", "night", "##ing", "日", "本",
            "é", "##é",
        ];
        return Text.Tokenizer.FromFiles(new TokenizerFiles(
        [
            new("vocab.txt", Encoding.UTF8.GetBytes(string.Join('\n', tokens))),
            new("tokenizer_config.json", Encoding.UTF8.GetBytes(configuration)),
        ]));
    }

    private static EncoderModel Create()
    {
        Tokenizer tokenizer = Tokenizer();
        var configuration = new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = 32,
            Layers = 2,
            MaxLength = 96,
            InitializerRange = 0.2,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 64 },
        };
        string directory = Directory.CreateTempSubdirectory("scoring-model").FullName;
        try
        {
            using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Bert, configuration, CpuEngine.Shared, seed: 1))
                EncoderCheckpoint.Save(model, tokenizer, directory);
            var files = Directory.EnumerateFiles(directory).ToDictionary(
                file => Path.GetFileName(file), file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file));
            return EncoderModel.FromFiles(Checkpoints.ModelFiles.FromMemory(files, "the small model"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
