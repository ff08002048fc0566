using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>Models with 8-bit weights. The weights that are read are compared with the same ones as floats.</summary>
[TestClass]
public sealed class QuantizedModelTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("bert-mlm", DynamicQuantizer.Form.Dynamic, true, false)]
    [DataRow("bert-seq", DynamicQuantizer.Form.Dynamic, false, false)]
    [DataRow("roberta-mlm", DynamicQuantizer.Form.Dynamic, true, true)]
    [DataRow("distilbert-seq", DynamicQuantizer.Form.WeightsOnly, false, false)]
    [DataRow("modernbert", DynamicQuantizer.Form.Dynamic, true, false)]
    [DataRow("electra-mlm", DynamicQuantizer.Form.WeightsOnly, true, true)]
    public void Rounded_weights_are_read_exactly(string name, DynamicQuantizer.Form form, bool isSigned, bool perChannel)
    {
        (byte[] quantized, byte[] reference) = DynamicQuantizer.Quantize(Fixture.Read(name), form, isSigned, perChannel);
        foreach (GraphOptimizationLevel? level in new GraphOptimizationLevel?[]
            { null, form == DynamicQuantizer.Form.Dynamic ? GraphOptimizationLevel.ORT_ENABLE_EXTENDED
                : GraphOptimizationLevel.ORT_ENABLE_BASIC })
        {
            byte[] file = level is null ? quantized : Fixture.Optimize(quantized, level.Value);
            EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(file), Fixture.Tokenizer());
            using var pair = new ModelPair(reference, model);
            Agreement agreement = pair.Compare(1, 7, 1, 12);
            TestContext.WriteLine($"{name}, {level?.ToString() ?? "as quantized"}: {agreement.Difference:g3}, {agreement.Cosine:f7}");
            agreement.AssertEqual();
        }
    }

    [TestMethod]
    public void What_the_optimizer_packs_in_blocks_is_named()
    {
        (byte[] quantized, _) = DynamicQuantizer.Quantize(Fixture.Read("distilbert-seq"), DynamicQuantizer.Form.WeightsOnly);
        byte[] packed = Fixture.Optimize(quantized, GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        CheckpointException refused = Assert.ThrowsExactly<CheckpointException>(
            () => EncoderModel.FromOnnx(new MemoryStream(packed), Fixture.Tokenizer()));
        Assert.Contains("com.microsoft.MatMulNBits", refused.Message);
        Assert.Contains("q_lin", refused.Message);
    }
}
