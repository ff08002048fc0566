using Microsoft.ML.Diffusion.BenchTorch;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>A sample of <c>bench-torch parity</c>.</summary>
[TestClass]
public sealed class WritingParityTests
{
    /// <summary>Texts may come apart where rounding decides, so the logits of both engines are compared there.</summary>
    [TestMethod]
    public void The_same_seed_writes_the_same_text_but_at_near_ties()
    {
        string[] prompts = WritingParity.Prompts(1);
        var differences = new List<TextDifference>();
        foreach (Sampler sampler in WritingParity.Samplers)
        {
            differences.AddRange(WritingParity.Compare((new MLContext(seed: 1), CpuEngine.Shared, 5),
                (Contexts.Create(seed: 1), TestEngine.Shared, 5), sampler, prompts));
        }
        Assert.IsLessThanOrEqualTo(1, differences.Count, string.Join('\n', differences));
        foreach (TextDifference difference in differences)
            Assert.IsLessThan(1e-3, difference.LogitDifference);
    }

    [TestMethod]
    public void Another_seed_of_the_noise_is_seen_as_different()
    {
        // What finds differences is tried with texts that do differ: of a sampler that draws, on two contexts of one engine.
        string[] prompts = WritingParity.Prompts(1);
        List<TextDifference> differences = WritingParity.Compare((Contexts.Create(seed: 1), TestEngine.Shared, 5),
            (Contexts.Create(seed: 1), TestEngine.Shared, 6), Sampler.Ancestral(), prompts);
        Assert.HasCount(1, differences);
        Assert.IsLessThan(1e-6, differences[0].LogitDifference, "the same engine, from the same tokens");
    }
}
