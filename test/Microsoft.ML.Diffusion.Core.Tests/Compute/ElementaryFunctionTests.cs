using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The kernels' own elementary functions, on every width (this process compiles all of them, in software if need be).</summary>
[TestClass]
public unsafe class ElementaryFunctionTests
{
    [TestMethod]
    public void Exp_is_within_two_units_of_the_last_place()
    {
        Assert.IsLessThan(2, ElementaryFunctions.ExpError<Lanes512>().Ulp);
        Assert.IsLessThan(2, ElementaryFunctions.ExpError<Lanes256>().Ulp);
        Assert.IsLessThan(2, ElementaryFunctions.ExpError<Lanes128>().Ulp);
        Assert.IsLessThan(2, ElementaryFunctions.ExpError<LanesSingle>().Ulp);
    }

    [TestMethod]
    public void Erf_is_within_5e7()
    {
        Assert.IsLessThan(5e-7, ElementaryFunctions.ErfError<Lanes512>());
        Assert.IsLessThan(5e-7, ElementaryFunctions.ErfError<Lanes256>());
        Assert.IsLessThan(5e-7, ElementaryFunctions.ErfError<Lanes128>());
        Assert.IsLessThan(5e-7, ElementaryFunctions.ErfError<LanesSingle>());
    }

    /// <summary>erf at 40 digits, by its power series, rounded to double.</summary>
    [TestMethod]
    [DataRow(1e-8, 1.1283791670955126e-8)]
    [DataRow(.1, 0.1124629160182849)]
    [DataRow(.5, 0.5204998778130465)]
    [DataRow(1.0, 0.8427007929497149)]
    [DataRow(2.0, 0.9953222650189527)]
    [DataRow(2.999, 0.9999777698314002)]
    [DataRow(3.0, 0.9999779095030014)]
    [DataRow(4.5, 0.9999999998033839)]
    public void The_reference_erf(double x, double expected)
    {
        Assert.AreEqual(expected, DoubleFunctions.Erf(x), 1e-15 * expected + 2e-16);
        Assert.AreEqual(-expected, DoubleFunctions.Erf(-x), 1e-15 * expected + 2e-16);
    }

    [TestMethod]
    public void NaN_and_infinities()
    {
        Limits<Lanes512>();
        Limits<Lanes256>();
        Limits<Lanes128>();
        Limits<LanesSingle>();
        Assert.IsTrue(double.IsNaN(DoubleFunctions.Erf(double.NaN)));
    }

    /// <summary>One NaN in reaches the loss and the gradients as NaN, wherever it stands in its register.</summary>
    [TestMethod]
    public void NaN_is_never_hidden()
    {
        NaNReachesTheLoss<Lanes512>();
        NaNReachesTheLoss<Lanes256>();
        NaNReachesTheLoss<Lanes128>();
        NaNReachesTheLoss<LanesSingle>();
    }

    private static void Limits<V>() where V : unmanaged, ILanes<V, float>
    {
        float[] x = [float.NaN, float.NegativeInfinity, float.PositiveInfinity, -200, 200, 0, -0f];
        float[] exp = ElementaryFunctions.Map<V>(x, V.Exp), erf = ElementaryFunctions.Map<V>(x, V.Erf);
        float[] max = ElementaryFunctions.Map<V>(x, value => V.Max(value, V.Zero)),
            swapped = ElementaryFunctions.Map<V>(x, value => V.Max(V.Zero, value));
        Assert.IsTrue(float.IsNaN(exp[0]) && float.IsNaN(erf[0]) && float.IsNaN(max[0]) && float.IsNaN(swapped[0]), typeof(V).Name);
        Assert.AreEqual(0, exp[1]);
        Assert.AreEqual(0, exp[3]);
        // Above ln(float.MaxValue) it saturates a little below the largest float: what is divided by it becomes 0, not NaN.
        Assert.IsGreaterThan(2.3e38f, exp[2]);
        Assert.AreEqual(exp[2], exp[4]);
        Assert.AreEqual(1, exp[5]);
        Assert.AreEqual(-1, erf[1], 1e-6);
        Assert.AreEqual(1, erf[2], 1e-6);
        Assert.AreEqual(0, erf[6]);
        float* values = stackalloc float[16];
        for (int lane = 0; lane < V.Count; lane++)
        {
            values[lane] = float.NaN;
            Assert.IsTrue(float.IsNaN(V.MaxAcross(V.Load(values))), $"{typeof(V).Name}, lane {lane}");
            Assert.IsTrue(float.IsNaN(V.Sum(V.Load(values))), $"{typeof(V).Name}, lane {lane}");
            values[lane] = 1;
            Assert.AreEqual(1, V.MaxAcross(V.Load(values)));
            values[lane] = 0;
        }
        // Far out, GELU is 0 on one side and x on the other.
        float[] far = [-4, -6, -30, -1e4f, 6, 30, 1e4f];
        float[] gelu = ElementaryFunctions.Map<V>(far, Gelu<V, float>.Value);
        for (int i = 0; i < far.Length; i++)
            Assert.AreEqual(far[i] / 2 * (1 + DoubleFunctions.Erf(far[i] / Math.Sqrt(2))), gelu[i], 5e-7 * Math.Abs(far[i]),
                $"{typeof(V).Name}: GELU at {far[i]}");
    }

    private static void NaNReachesTheLoss<V>() where V : unmanaged, ILanes<V, float>
    {
        const int rows = 3, width = 21;
        using CpuEngine<V, float> engine = new(1);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Action<IGraph>[] graphs =
            [
                Graphs.CrossEntropy(rows, width, 5, bias: true), Graphs.Linear(rows, width, 7, bias: true, activation),
                Graphs.LayerNorm(rows, width, bias: true),
                Graphs.Gate(rows, width, activation), Graphs.Dropout(rows, width),
            ];
            foreach (Action<IGraph> graph in graphs)
            {
                using GraphRun run = new(graph, engine);
                run.Forward();
                Parameter x = run.Parameters["x"];
                foreach (int column in new[] { 0, 7, 15, 16, 20 })
                {
                    float[] values = Numbers.Normal((int)x.Length, "x");
                    values[column] = float.NaN;
                    engine.Write(x.Value!, 0, values);
                    Assert.IsTrue(double.IsNaN(run.Forward()), $"{typeof(V).Name}, {activation}, column {column}");
                }
            }
        }
        using GraphRun attention = new(Graphs.Attend(2, 5, 2, 6, 4), engine);
        attention.Forward();
        float[] qkv = Numbers.Normal(10 * 30, "qkv", 1.5);
        foreach (int element in new[] { 0, 9, 10, 19, 20, 29 })
        {
            float[] values = [.. qkv];
            values[element] = float.NaN;
            engine.Write(attention.Parameters["qkv"].Value!, 0, values);
            Assert.IsTrue(double.IsNaN(attention.Forward()), $"{typeof(V).Name}, attention, element {element}");
        }
    }
}
