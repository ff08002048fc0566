using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>A model that is moved to an engine of another kind, here to one of doubles, and back.</summary>
[TestClass]
public sealed class MovedModelTests
{
    private static readonly int[][] s_sequences = [[1, 2, 3], [4]];

    [TestMethod]
    [DataRow("bert")]
    [DataRow("modernbert")]
    public void A_packed_model_computes_the_same_there_and_the_very_same_back_here(string family)
    {
        using Engine here = CpuEngine.Create(1), there = new CpuEngine<LanesDouble, double>(1);
        using MaskedLanguageModel model = SmallModels.Create(family, here);
        model.PrepareForInference();
        float[] expected = SmallModels.Logits(model, s_sequences);
        int packed = model.Parameters.All.Count(parameter => parameter.Packed is not null);
        model.ComputeOn(there);
        Assert.AreSame(there, model.Engine);
        Assert.AreEqual(packed, model.Parameters.All.Count(parameter => parameter.Packed is CpuBuffer<double> && parameter.Value is null));
        Assert.IsLessThan(1e-5, Comparison.Error(SmallModels.Logits(model, s_sequences), expected));
        model.ComputeOn(here);
        Comparison.AssertSameBits(expected, SmallModels.Logits(model, s_sequences), "back");
    }

    [TestMethod]
    public void A_quantized_model_is_quantized_where_it_moves()
    {
        using Engine here = new CpuEngine<Lanes128, float>(1), there = new CpuEngine<LanesSingle, float>(1);
        using MaskedLanguageModel model = SmallModels.Create("bert", here);
        model.PrepareForInference();
        model.Quantize();
        float[] expected = SmallModels.Logits(model, s_sequences);
        int quantized = model.Parameters.All.Count(parameter => parameter.Packed is QuantizedBuffer);
        model.ComputeOn(there);
        Assert.AreEqual(quantized, model.Parameters.All.Count(parameter => parameter.Packed is QuantizedBuffer));
        Assert.IsLessThan(1e-5, Comparison.Error(SmallModels.Logits(model, s_sequences), expected));
    }
}
