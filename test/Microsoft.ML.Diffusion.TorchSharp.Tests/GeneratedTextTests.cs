using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Compute.Torch;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>Texts whose tokens are drawn on the device, against the same noise on the host and on the managed engine.</summary>
[TestClass]
public sealed class GeneratedTextTests
{
    private const int Prompts = 50;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private static readonly Tokenizer s_tokenizer = LettersTokenizer();

    private static readonly string[] s_prompts =
        [.. Enumerable.Range(0, Prompts).Select(i => string.Concat(Enumerable.Range(0, i % 7).Select(j => Letters[(i * (j + 3)) % 26])))];

    /// <summary>All samplers with all of the distribution and with what every filter leaves; two with each filter alone.</summary>
    public static IEnumerable<object[]> Cases =>
        from sampler in (string[])["Ancestral", "TopConfidence(0.5)", "Threshold(0.1)", "ReMdmConfidence", "TopConfidence(0, Margin)",
            "TopConfidence(0, NegativeEntropy)", "Blocks(4, Gibbs(9, 5, 6))"]
        from filter in sampler is "Ancestral" or "TopConfidence(0.5)" ? (string[])["", "temperature", "top-k", "top-p", "all"] : ["", "all"]
        select new object[] { sampler, filter };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void The_same_seed_writes_the_same_texts_as_on_the_host_and_on_the_managed_engine(string sampler, string filter)
    {
        GenerationSettings settings = Settings(sampler, filter);
        using Engine torch = new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.Float32), managed = CpuEngine.Create(1);
        string[] drawn = Generate(torch, onHost: false, settings);
        CollectionAssert.AreEqual(drawn, Generate(torch, onHost: true, settings), "on the host");
        CollectionAssert.AreEqual(drawn, Generate(managed, onHost: false, settings), "on the managed engine");
        CollectionAssert.AreEqual(drawn, Generate(torch, onHost: false, settings with { TokenBudget = 60 }), "in small batches");
        Assert.IsGreaterThan(Prompts / 2, drawn.Distinct().Count());
    }

    [TestMethod]
    [DoNotParallelize] // torch counts the tensors of the process
    public void Drawing_leaves_no_tensor_behind()
    {
        using Engine engine = new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.Float32);
        using MaskedLanguageModel model = Model(engine);
        using var denoiser = new ModelDenoiser(model, s_tokenizer.MaskToken);
        var generator = new TextGenerator(denoiser, s_tokenizer, Settings("TopConfidence(0, Margin)", "all"));
        generator.Generate(s_prompts);
        long tensors = global::TorchSharp.torch.Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
            generator.Generate(s_prompts);
        Assert.AreEqual(tensors, global::TorchSharp.torch.Tensor.TotalCount);
    }

    private static GenerationSettings Settings(string sampler, string filter)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = 12, Steps = 6, MaxLength = 24, Seed = 3, Sampler = Sampler.Parse(sampler), EndOfText = s_tokenizer.EndToken,
        };
        return filter switch
        {
            "temperature" => settings with { Temperature = .7 },
            "top-k" => settings with { TopK = 10 },
            "top-p" => settings with { TopP = .9 },
            "all" => settings with { Temperature = 1.2, TopK = 20, TopP = .85, MinimumLength = 5, BannedTokens = [12, 13] },
            _ => settings,
        };
    }

    private static string[] Generate(Engine engine, bool onHost, GenerationSettings settings)
    {
        using MaskedLanguageModel model = Model(engine);
        using var denoiser = new ModelDenoiser(model, s_tokenizer.MaskToken);
        var generator = new TextGenerator(onHost ? new OnHost(denoiser) : denoiser, s_tokenizer, settings);
        return [.. generator.Generate(s_prompts).Select(text => text.Text)];
    }

    private static MaskedLanguageModel Model(Engine engine)
    {
        MaskedLanguageModel model = SmallModels.Create("bert", engine, change: configuration => configuration with
        {
            VocabularySize = s_tokenizer.VocabularySize + 3, HiddenSize = 16, MaxLength = 24, InitializerRange = .2,
        });
        model.PrepareForInference();
        return model;
    }

    private static Tokenizer LettersTokenizer()
    {
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Letters.Select(letter => $"{letter}"),
            .. Letters.Select(letter => $"##{letter}")];
        return Tokenizer.FromFiles(new TokenizerFiles([new("vocab.txt", Encoding.UTF8.GetBytes(string.Join('\n', tokens)))]));
    }

    /// <summary>A denoiser that gives logits, and nothing else.</summary>
    private sealed class OnHost(IDenoiser inner) : IDenoiser
    {
        public int VocabularySize => inner.VocabularySize;

        public int MaskToken => inner.MaskToken;

        public void Predict(
            RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default) =>
            inner.Predict(batch, rows, consumer, cancellationToken);
    }
}
