using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Results do not depend on the number of threads, nor on how far the runtime has optimized its code, bit for bit.</summary>
[TestClass]
public class DeterminismTests
{
    public static IEnumerable<object[]> Groups => SimdProbe.Cases().Select(value => value.Group).Distinct()
        .Select(group => new object[] { group });

    [TestMethod]
    [DynamicData(nameof(Groups))]
    public void Threads_do_not_matter(string group)
    {
        switch (CpuEngine.InstructionSet)
        {
            case "AVX-512": ThreadsDoNotMatter<Lanes512>(group); break;
            case "AVX2": ThreadsDoNotMatter<Lanes256>(group); break;
            case "Vector128": ThreadsDoNotMatter<Lanes128>(group); break;
        }
        if (group == "encoder")
            ThreadsDoNotMatter<LanesSingle>(group);
    }

    [TestMethod]
    public void Optimiser_and_norm_do_not_depend_on_threads()
    {
        const int length = 70_001;
        (double Norm, float[] Weights)[] results = [.. new[] { 1, 2, 3 }.Select(Step)];
        for (int i = 1; i < results.Length; i++)
        {
            Assert.AreEqual(results[0].Norm, results[i].Norm);
            Comparison.AssertSameBits(results[0].Weights, results[i].Weights, $"{i + 1} threads");
        }

        static (double, float[]) Step(int threads)
        {
            using Engine engine = CpuEngine.Create(threads);
            using Parameter parameter = new("w", 1, length)
            {
                Value = engine.CreateBuffer(length),
                Gradient = engine.CreateBuffer(length),
                FirstMoment = engine.CreateBuffer(length),
                SecondMoment = engine.CreateBuffer(length),
            };
            engine.Write(parameter.Value!, 0, Numbers.Normal(length, "w"));
            engine.Write(parameter.Gradient!, 0, Numbers.Normal(length, "g"));
            double norm = engine.SumOfSquares([parameter]);
            engine.Update([parameter], AdamWFormula.Settings(1, .1, .01));
            float[] weights = new float[length];
            engine.Read(parameter.Value!, 0, weights);
            return (norm, weights);
        }
    }

    [TestMethod]
    public void The_same_again_after_the_runtime_has_optimized_its_code()
    {
        using CpuEngine<Lanes128, float> engine = new(threads: 2);
        using GraphRun run = new(Graphs.Encoder(3, 10, 1, 20, 13), engine);
        Dictionary<string, float[]> first = run.Results();
        for (int i = 0; i < 60; i++)
            Comparison.AssertSameBits(first, run.Results(), $"run {i}");
    }

    private static void ThreadsDoNotMatter<V>(string group) where V : unmanaged, ILanes<V, float>
    {
        using CpuEngine<V, float> one = new(1), two = new(2), three = new(3);
        foreach ((string name, Action<IGraph> graph) in SimdProbe.Cases())
        {
            if (name != group)
                continue;
            Dictionary<string, float[]> expected = Results(one);
            Comparison.AssertSameBits(expected, Results(two), $"{group}, 2 threads");
            Comparison.AssertSameBits(expected, Results(three), $"{group}, 3 threads");

            Dictionary<string, float[]> Results(CpuEngine<V, float> engine)
            {
                using GraphRun run = new(graph, engine);
                return run.Results();
            }
        }
    }
}
