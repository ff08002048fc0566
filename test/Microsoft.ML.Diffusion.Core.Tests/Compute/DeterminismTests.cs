using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Results do not depend on the number of threads, nor a sequence's on its neighbours, bit for bit.</summary>
[TestClass]
public class DeterminismTests
{
    public static IEnumerable<object[]> Groups => SimdProbe.Cases().Select(value => value.Group).Distinct().Select(group => new object[] { group });

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
            AssertSameBits(results[0].Weights, results[i].Weights, $"{i + 1} threads");
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
            engine.Update([parameter], AdamWReference.Settings(1, .1, .01));
            float[] weights = new float[length];
            engine.Read(parameter.Value!, 0, weights);
            return (norm, weights);
        }
    }

    [TestMethod]
    public void The_same_again_after_the_runtime_has_optimised_its_code()
    {
        using GraphRun<Lanes128, float> run = new(Graphs.Encoder(3, 10, 1, 20, 13), threads: 2);
        Dictionary<string, float[]> first = run.Results();
        for (int i = 0; i < 60; i++)
            AssertSame(first, run.Results(), $"run {i}");
    }

    [TestMethod]
    [DataRow(int.MaxValue)]
    [DataRow(6)]
    public void A_sequence_alone_and_in_a_batch(int reach)
    {
        const int heads = 3, headWidth = 20, width = heads * headWidth;
        int[] lengths = [1, 70, 5, 131, 64, 17, 2, 200];
        float[][] inputs = [.. lengths.Select((length, i) => Numbers.Normal(length * width, $"sequence {i}"))];
        using Engine engine = CpuEngine.Create(2);
        using Pass pass = Pass.ForInference(engine);
        using Parameter qkvWeight = Matrix(3 * width, width), outWeight = Matrix(width, width), scale = Matrix(1, width);
        float[] batch = Run(inputs);
        int start = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            AssertSameBits(Run(inputs[i]), batch[start..(start + inputs[i].Length)], $"sequence {i}");
            start += inputs[i].Length;
        }

        float[] Run(params float[][] sequences)
        {
            int[] bounds = Graphs.Bounds([.. sequences.Select(sequence => sequence.Length / width)]);
            pass.Begin();
            Tensor x = pass.Write(bounds[^1], width, [.. sequences.SelectMany(sequence => sequence)]);
            Tensor qkv = pass.Linear(x, qkvWeight, null);
            Sequences packed = pass.SequencesOf(bounds);
            pass.Rotate(qkv, packed, heads, 10_000);
            Tensor y = pass.Linear(pass.Attend(qkv, packed, heads, AttentionPattern.Window(reach)), outWeight, null, Activation.Gelu);
            y = pass.AddLayerNorm(y, x, scale, null, 1e-5).Normalised;
            float[] values = new float[y.Rows * y.Columns];
            pass.Read(y, values);
            return values;
        }

        Parameter Matrix(int rows, int columns)
        {
            Parameter parameter = new($"{rows} × {columns}", rows, columns) { Value = engine.CreateBuffer(rows * columns) };
            engine.Write(parameter.Value, 0, Numbers.Normal(rows * columns, parameter.Name, .2));
            return parameter;
        }
    }

    private static void ThreadsDoNotMatter<V>(string group) where V : unmanaged, ILanes<V, float>
    {
        using CpuEngine<V, float> one = new(1), two = new(2), three = new(3);
        foreach ((string name, Action<IGraph> graph) in SimdProbe.Cases())
        {
            if (name != group)
                continue;
            Dictionary<string, float[]> expected = Results(one);
            AssertSame(expected, Results(two), $"{group}, 2 threads");
            AssertSame(expected, Results(three), $"{group}, 3 threads");

            Dictionary<string, float[]> Results(CpuEngine<V, float> engine)
            {
                using GraphRun<V, float> run = new(graph, engine);
                return run.Results();
            }
        }
    }

    private static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual, string message)
    {
        Assert.HasCount(expected.Count, actual);
        foreach ((string name, float[] values) in expected)
            AssertSameBits(values, actual[name], $"{message}, {name}");
    }

    private static void AssertSameBits(float[] expected, float[] actual, string message)
    {
        Assert.AreEqual(expected.Length, actual.Length, message);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{message}: element {i} is {actual[i]:R}, expected the bits of {expected[i]:R}.");
        }
    }
}
