using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Tests.Text;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Ids without a token, and ids whose text is encoded to another, are not written, much as a model may love them.</summary>
[TestClass]
public sealed class WritableTokensTests
{
    private const int Padding = 5;
    private static readonly int[] s_never = [5, 7, 12, 13, 14, 15, 17, 18, 19, 20, 21];

    private static readonly Tokenizer s_tokenizer = Tokenizer.FromFiles(TextFiles.Of(
        ("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n\nsat\nthe\nmat\n##s\n"), ("added_tokens.json", """{"<new>": 16}""")));

    [TestMethod]
    public void Loop_MayWrite_WhatTextBecomes()
    {
        DenoisingLoop loop = TextDenoising.CreateLoop(Denoiser(), s_tokenizer, new DenoisingSettings());
        int[] writable = [.. Enumerable.Range(0, s_tokenizer.VocabularySize + Padding).Where(loop.IsWritable)];
        CollectionAssert.AreEqual(new[] { 6, 8, 9, 10, 11, 16 }, writable);
    }

    [TestMethod]
    public void Infiller_WritesNoIdWithoutAToken()
    {
        var infiller = new Infiller(Denoiser(), s_tokenizer, new InfillingSettings { Steps = 2, Temperature = 3, Samples = 10, Seed = 4 });
        var recorder = new Recorder();
        infiller.Infill(["the {3} sat on {2}", "{4}", "the{2..3}"], recorder);
        Assert.IsNotEmpty(recorder.Steps);
        foreach ((_, _, int[] tokens) in recorder.Steps)
            Assert.IsFalse(tokens.Any(s_never.Contains), string.Join(' ', tokens));
    }

    // It loves what may not be written.
    private static FakeDenoiser Denoiser() => new(s_tokenizer.VocabularySize + Padding, s_tokenizer.MaskToken, s_never);
}
