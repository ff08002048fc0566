using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Every primitive's gradient, of inputs and of parameters, against finite differences on the float64 engine.</summary>
[TestClass]
public unsafe class GradientTests
{
    private const double Tolerance = 1e-7;
    private const int ElementsTried = 48;

    public static IEnumerable<object[]> Activations => Enum.GetValues<Activation>().Select(activation => new object[] { activation });

    public static IEnumerable<object[]> FanOuts =>
        from operation in new[] { "linear", "activate", "layer norm", "add layer norm", "gate", "dropout", "gather", "mean rows", "first rows", "add", "losses" }
        from first in new[] { true, false }
        select new object[] { operation, first };

    [TestMethod]
    [DataRow(1, 1, 2, false)]
    [DataRow(7, 5, 9, true)]
    [DataRow(7, 5, 9, false)]
    [DataRow(1100, 3, 4, true, DisplayName = "two blocks of logits")]
    [DataRow(2051, 2, 3, false, DisplayName = "three blocks of logits")]
    public void Linear_cross_entropy(int rows, int width, int classes, bool bias) => Check(Graphs.CrossEntropy(rows, width, classes, bias));

    [TestMethod]
    [DataRow(1, 1, 2, false)]
    [DataRow(7, 5, 19, true)]
    [DataRow(1100, 3, 4, true, DisplayName = "two blocks of logits")]
    public void Linear_cross_entropy_with_label_smoothing(int rows, int width, int classes, bool bias) => Check(Graphs.CrossEntropy(rows, width, classes, bias, smoothing: .3));

    [TestMethod]
    public void Embed() => Check(Graphs.Embed(13, 5));

    [TestMethod]
    public void Positions() => Check(Graphs.Positions(5, 2, 4, 1, 6));

    [TestMethod]
    public void Embeddings_after_other_operations() => Check(Graphs.LateEmbeddings(6, 5));

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Linear(Activation activation)
    {
        Check(Graphs.Linear(7, 5, 9, bias: true, activation));
        Check(Graphs.Linear(4, 3, 1, bias: false, activation));
        Check(Graphs.Linear(1, 1, 2, bias: true, activation));
    }

    [TestMethod]
    public void Linear_across_blocks_of_depth_and_rows() => Check(Graphs.Linear(195, 261, 7, bias: true));

    [TestMethod]
    public void Linear_at_a_stride_of_pages() => Check(Graphs.Linear(14, 512, 9, bias: true));

    [TestMethod]
    [DataRow(3, 5, true)]
    [DataRow(3, 5, false)]
    [DataRow(37, 6, true)]
    public void Layer_norm(int rows, int width, bool bias)
    {
        Check(Graphs.LayerNorm(rows, width, bias));
        Check(Graphs.AddLayerNorm(rows, width, bias));
    }

    [TestMethod]
    [DynamicData(nameof(Activations))]
    public void Gate(Activation activation) => Check(Graphs.Gate(18, 5, activation));

    [TestMethod]
    public void Rotate() => Check(Graphs.Rotate(2, 6, 1, 9, 4));

    [TestMethod]
    [DataRow(2, 4, int.MaxValue, new[] { 1, 5, 1, 9 })]
    [DataRow(3, 3, int.MaxValue, new[] { 7, 2 })]
    [DataRow(1, 1, int.MaxValue, new[] { 4 })]
    [DataRow(2, 3, int.MaxValue, new[] { 133, 2 })]
    [DataRow(2, 5, 3, new[] { 1, 17, 4, 3 })]
    [DataRow(1, 4, 0, new[] { 3, 6 })]
    [DataRow(1, 3, int.MaxValue - 1, new[] { 5 })]
    [DataRow(2, 3, 9, new[] { 140, 64, 65 })]
    public void Attend(int heads, int headWidth, int reach, int[] lengths) => Check(Graphs.Attend(heads, headWidth, reach, lengths));

    [TestMethod]
    [DataRow(2, 3, int.MaxValue, new[] { 1, 5, 3 })]
    [DataRow(2, 3, 2, new[] { 7, 1, 70 })]
    [DataRow(1, 4, int.MaxValue, new[] { 67 })]
    public void Attention_that_drops(int heads, int headWidth, int reach, int[] lengths) => Check(Graphs.DroppingAttend(.3, heads, headWidth, reach, lengths));

    [TestMethod]
    [DataRow(2, 3, int.MaxValue, 0, new[] { 1, 7, 70 }, DisplayName = "causal")]
    [DataRow(2, 3, 0, int.MaxValue, new[] { 1, 7, 70 })]
    [DataRow(1, 4, 3, 1, new[] { 9, 1, 140 })]
    [DataRow(2, 2, 1, 65, new[] { 130, 2 })]
    public void Attention_before_and_after(int heads, int headWidth, int before, int after, int[] lengths) =>
        Check(Graphs.PatternAttend(heads, headWidth, new AttentionPattern(before, after), lengths));

    [TestMethod]
    [DataRow(0, 2, 3, int.MaxValue, int.MaxValue, new[] { 1, 5, 3 })]
    [DataRow(0, 3, 2, int.MaxValue, 0, new[] { 70, 2 })]
    [DataRow(0, 1, 4, 2, 5, new[] { 9, 67 })]
    [DataRow(.3, 2, 3, int.MaxValue, int.MaxValue, new[] { 7, 1 })]
    [DataRow(.3, 2, 3, 1, 2, new[] { 3, 66 })]
    public void Attention_with_a_bias(double dropout, int heads, int headWidth, int before, int after, int[] lengths) =>
        Check(Graphs.BiasedAttend(dropout, heads, headWidth, new AttentionPattern(before, after), lengths));

    [TestMethod]
    public void Dropout() => Check(Graphs.Dropout(9, 7));

    [TestMethod]
    public void Gather() => Check(Graphs.Gather(9, 4, 14));

    [TestMethod]
    public void Mean_rows() => Check(Graphs.MeanRows(5, 1, 7, 3));

    [TestMethod]
    public void First_rows() => Check(Graphs.FirstRows(5, 1, 7, 3));

    [TestMethod]
    public void A_loss_computed_by_the_caller_leads_back()
    {
        // Σ c·y for y = x · wᵀ: dw = cᵀ · x.
        using CpuEngine<LanesDouble, double> engine = new(1);
        using Pass pass = Pass.ForTraining(engine);
        using Parameter weight = new("w", 2, 3) { Value = engine.CreateBuffer(6), Gradient = engine.CreateBuffer(6) };
        pass.Begin();
        Tensor y = pass.Linear(pass.Write(2, 3, [1, 2, 3, 4, 5, 6]), weight, null);
        pass.AddLoss(y, [1, 10, 100, 1000]);
        pass.Backward();
        float[] gradient = new float[6];
        engine.Read(weight.Gradient, 0, gradient);
        CollectionAssert.AreEqual(new float[] { 401, 502, 603, 4010, 5020, 6030 }, gradient);
        Assert.ThrowsExactly<InvalidOperationException>(() => pass.AddLoss(y, [1, 10, 100, 1000]));
    }

    [TestMethod]
    public void Add() => Check(Graphs.Add(5, 7));

    [TestMethod]
    [DynamicData(nameof(FanOuts))]
    public void A_tensor_read_twice(string operation, bool operationFirst) => Check(Graphs.FanOut(operation, operationFirst));

    [TestMethod]
    public void An_encoder() => Check(Graphs.Encoder(2, 4, 1, 7, 3));

    [TestMethod]
    public void No_rows_give_no_loss_and_no_gradient()
    {
        Action<IGraph> graph = g =>
        {
            Tensor x = g.Input("x", 4, 3);
            g.Loss("none", g.Pass.Linear(g.Pass.Gather(x, Array.Empty<int>()), g.Parameter("w", 5, 3), g.Parameter("b", 1, 5), Activation.Gelu));
        };
        using GraphRun<LanesDouble, double> run = new(graph, threads: 2);
        foreach ((string name, float[] values) in run.Results())
            Assert.IsTrue(values.All(value => value == 0), name);
    }

    [TestMethod]
    public void Two_readers_of_queries_keys_and_values_are_refused()
    {
        Action<IGraph> graph = g =>
        {
            Tensor qkv = g.Input("qkv", 4, 6);
            g.Loss("a", g.Pass.Attend(qkv, g.Sequences(4), 1, AttentionPattern.Full));
            g.Loss("b", g.Pass.Add(qkv, qkv));
        };
        using GraphRun<LanesDouble, double> run = new(graph, threads: 1);
        Assert.ThrowsExactly<InvalidOperationException>(() => run.ForwardBackward());
    }

    private static void Check(Action<IGraph> graph)
    {
        using GraphRun<LanesDouble, double> run = new(graph, threads: 1);
        run.ForwardBackward();
        Dictionary<string, double[]> gradients = run.Parameters.ToDictionary(
            pair => pair.Key, pair => new Span<double>(Pointer(pair.Value.Gradient), (int)pair.Value.Length).ToArray());
        foreach ((string name, Parameter parameter) in run.Parameters)
        {
            double[] gradient = gradients[name];
            double* value = Pointer(parameter.Value);
            int[] tried = gradient.Length <= ElementsTried ? Numbers.Range(gradient.Length) : Numbers.Integers(ElementsTried, gradient.Length, name);
            double largest = gradient.Max(Math.Abs);
            Assert.IsGreaterThan(0, largest, $"The gradient of '{name}' is zero everywhere.");
            foreach (int i in tried)
                Assert.AreEqual(Difference(run.Forward, ref value[i]), gradient[i], Tolerance * largest, $"The gradient of '{name}', element {i}.");
        }
    }

    /// <summary>The central difference of fourth order.</summary>
    private static double Difference(Func<double> function, ref double x)
    {
        const double h = 1e-3;
        double start = x;
        double near = At(ref x, h) - At(ref x, -h), far = At(ref x, 2 * h) - At(ref x, -2 * h);
        x = start;
        return (8 * near - far) / (12 * h);

        double At(ref double x, double step)
        {
            x = start + step;
            return function();
        }
    }

    private static double* Pointer(DeviceBuffer? buffer) => ((CpuBuffer<double>)buffer!).Pointer;
}
