using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>A model may have more rows than the tokenizer has ids, not fewer.</summary>
[TestClass]
public sealed class TokenizerFitTests
{
    private const string VocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n\ncat\nthe\n\n";

    [TestMethod]
    [DataRow(9)]
    [DataRow(64)]
    public void RowsBeyondTheTokenizer_AreNoMatter(int rows)
    {
        EncoderModel model = Model(rows);
        using MaskedLanguageModel loaded = model.LoadMaskedLanguageModel(CpuEngine.Shared);
        Assert.AreEqual((9, rows), (model.Tokenizer.VocabularySize, loaded.Configuration.VocabularySize));
    }

    [TestMethod]
    public void FewerRowsThanIds_AreRefused_AndBothAreNamed()
    {
        string message = Assert.ThrowsExactly<CheckpointException>(() => Model(8).LoadMaskedLanguageModel(CpuEngine.Shared)).Message;
        StringAssert.Contains(message,
            "has ids up to 8 ('the'), and the model's vocabulary (vocab_size in config.json) has 8; expected at least 9");
        message = Assert.ThrowsExactly<CheckpointException>(() =>
            Model(14, ("added_tokens.json", """{"[x1]": 14}""")).LoadMaskedLanguageModel(CpuEngine.Shared)).Message;
        StringAssert.Contains(message, "has ids up to 14 ('[x1]')");
    }

    private static EncoderModel Model(int rows, params (string Name, string Content)[] others)
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", CpuEngine.Shared, change: configuration =>
            configuration with { VocabularySize = rows });
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        foreach ((string name, string content) in (ReadOnlySpan<(string, string)>)[("vocab.txt", VocabTxt), .. others])
            files[name] = Encoding.UTF8.GetBytes(content);
        return EncoderModel.FromFiles(TinyModels.Files(files));
    }
}
