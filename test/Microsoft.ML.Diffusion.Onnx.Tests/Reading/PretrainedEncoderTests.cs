using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>Real pretrained encoders, read from the packages that hold them as ONNX.</summary>
[TestClass]
public sealed class PretrainedEncoderTests
{
    private static readonly string[] s_sentences =
    [
        "The harbor was quiet, and nobody had seen the boat since Tuesday.",
        "i'd watch it again tomorrow; best two hours of my week!",
        "Refund requests must be filed within 30 days (see section 4.2).",
        "Übermäßig teuer.",
    ];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("MiniLM")]
    [DataRow("ArcticXs")]
    public void A_pretrained_encoder_agrees_with_ONNX_Runtime(string name)
    {
        (byte[] onnx, ModelFiles tokenizer) = PretrainedEncoder.Read(name);
        EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(onnx), tokenizer);
        using var pair = new ModelPair(onnx, model);
        Check(pair, model, s_sentences);
    }

    [TestMethod]
    public void It_agrees_after_the_optimizer_fused_its_layers()
    {
        (byte[] onnx, ModelFiles tokenizer) = PretrainedEncoder.Read("MiniLM");
        byte[] optimized = Fixture.Optimize(onnx, GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(optimized), tokenizer);
        using var pair = new ModelPair(onnx, model);
        Check(pair, model, s_sentences);
    }

    [TestMethod]
    [DataRow("MiniLM")]
    [DataRow("ArcticXs")]
    public void It_agrees_on_200_real_sentences(string name)
    {
        string data = Path.Combine(RepositoryFolder.Shared, "data", "sst2", "dev.tsv");
        if (!File.Exists(data))
            Assert.Inconclusive($"The sentences of SST-2 are absent: there is no '{data}'.");
        (byte[] onnx, ModelFiles tokenizer) = PretrainedEncoder.Read(name);
        EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(onnx), tokenizer);
        using var pair = new ModelPair(onnx, model);
        Check(pair, model, [.. File.ReadLines(data).Skip(1).Take(200).Select(line => line.Split('\t')[1])]);
    }

    private static int[] Encode(EncoderModel model, string text)
    {
        var tokens = new TokenList();
        model.Tokenizer.Encode(text, tokens);
        return [model.Tokenizer.BeginToken, .. tokens.Ids, model.Tokenizer.EndToken];
    }

    private void Check(ModelPair pair, EncoderModel model, string[] sentences)
    {
        double difference = 0, cosine = 1;
        foreach (string[] batch in sentences.Chunk(8))
        {
            Agreement agreement = pair.Compare([.. batch.Select(text => Encode(model, text))]);
            difference = Math.Max(difference, agreement.Difference);
            cosine = Math.Min(cosine, agreement.Cosine);
        }
        TestContext.WriteLine($"{sentences.Length} sentences: difference {difference:g3}, cosine {cosine:f7}");
        new Agreement(difference, cosine).AssertEqual();
    }
}
