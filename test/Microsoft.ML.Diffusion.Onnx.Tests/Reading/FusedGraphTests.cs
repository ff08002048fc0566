namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>A model in the operators that ONNX Runtime's optimizer for transformers fuses it to.</summary>
[TestClass]
public sealed class FusedGraphTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void A_fused_model_is_the_model_that_it_was_made_from()
    {
        byte[] fused = FusedGraph.Make(quantizesAttention: false);
        EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(fused), Fixture.Tokenizer());
        using var pair = new ModelPair(fused, model);
        pair.Compare(1, 7, 1, 12).AssertEqual();
        using var original = new ModelPair(Fixture.Read("bert"), model);
        original.Compare(1, 7, 1, 12).AssertEqual();
    }

    [TestMethod]
    public void Quantized_attention_is_near_the_model_that_it_was_made_from()
    {
        EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(FusedGraph.Make(quantizesAttention: true)), Fixture.Tokenizer());
        using var original = new ModelPair(Fixture.Read("bert"), model);
        Agreement agreement = original.Compare(1, 7, 1, 12);
        TestContext.WriteLine($"{agreement.Difference:g3}, {agreement.Cosine:f7}");
        Assert.IsGreaterThan(1e-6, agreement.Difference);
        agreement.AssertEqual(tolerance: 0.05, leastCosine: 0.999);
    }
}
