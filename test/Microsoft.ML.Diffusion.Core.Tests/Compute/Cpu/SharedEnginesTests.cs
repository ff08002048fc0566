using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class SharedEnginesTests
{
    [TestMethod]
    public void There_is_one_engine_for_each_number_of_threads_and_none_on_more_than_there_are_processors()
    {
        Assert.AreSame(CpuEngine.Shared, CpuEngine.On(0));
        Assert.AreSame(CpuEngine.Shared, CpuEngine.On(Environment.ProcessorCount));
        Assert.AreSame(CpuEngine.Shared, CpuEngine.On(int.MaxValue));
        Assert.AreSame(CpuEngine.On(1), CpuEngine.On(1));
        Assert.AreEqual(1, CpuEngine.On(1).Threads);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => CpuEngine.On(-1));
    }

    [TestMethod]
    public void A_model_moves_between_engines_of_one_kind()
    {
        using Engine one = CpuEngine.Create(1), three = CpuEngine.Create(3);
        using MaskedLanguageModel model = SmallModels.Create("bert", one);
        model.PrepareForInference();
        float[] expected = SmallModels.Logits(model, [[1, 2, 3], [4]]);
        model.ComputeOn(three);
        Assert.AreSame(three, model.Engine);
        Comparison.AssertSameBits(expected, SmallModels.Logits(model, [[1, 2, 3], [4]]), "three threads");
    }
}
