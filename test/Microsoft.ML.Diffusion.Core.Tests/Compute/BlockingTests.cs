using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Products and losses of sizes on both sides of every bound at which they are cut into blocks, against
/// plain sums in double precision.</summary>
[TestClass]
public sealed class BlockingTests
{
    /// <summary>
    /// Rows, inputs, outputs: incomplete tiles and panels; inputs at distances of whole pages, packed
    /// at once and block by block; more than a block of rows, and of the depth; more of a weight than is packed at a time.
    /// </summary>
    [TestMethod]
    [DataRow(1, 7, 5)]
    [DataRow(13, 300, 70)]
    [DataRow(23, 512, 97)]
    [DataRow(391, 1024, 130)]
    [DataRow(800, 520, 33)]
    [DataRow(11, 4100, 530)]
    [DataRow(5, 64, 16500)]
    public void Linear_layers_and_their_backwards_are_the_plain_sums(int rows, int inputs, int outputs)
    {
        float[] x = Values(rows * inputs, 1), w = Values(outputs * inputs, 2), b = Values(outputs, 3), dy = Values(rows * outputs, 4);
        foreach (int threads in (int[])[1, 2])
        {
            using Engine engine = CpuEngine.Create(threads);
            using Executor executor = engine.CreateExecutor();
            using Parameter weight = New(engine, "weight", outputs, inputs, w), bias = New(engine, "bias", 1, outputs, b);
            Tensor input = executor.Allocate(rows, inputs), y = executor.Allocate(rows, outputs),
                gradient = executor.Allocate(rows, outputs), dx = executor.Allocate(rows, inputs);
            executor.Write(input, x);
            executor.Write(gradient, dy);
            executor.Linear(input, weight, bias, Activation.None, y);
            Check("y", Read(executor, y), rows, outputs, inputs, (r, c, k) => (double)x[r * inputs + k] * w[c * inputs + k], c => b[c]);
            executor.LinearBackward(input, weight, bias, gradient, dx, accumulate: false);
            Check("dx", Read(executor, dx), rows, inputs, outputs, (r, c, k) => (double)dy[r * outputs + k] * w[k * inputs + c]);
            Check("dw", Read(engine, weight.Gradient!), outputs, inputs, rows,
                (r, c, k) => (double)dy[k * outputs + r] * x[k * inputs + c]);
            engine.Pack(weight);
            executor.Linear(input, weight, bias, Activation.None, gradient);
            CollectionAssert.AreEqual(Read(executor, y), Read(executor, gradient), "a weight packed for good gives the same, bit for bit");
        }
    }

    /// <summary>Rows and classes: within a block of either, and beyond both.</summary>
    [TestMethod]
    [DataRow(3, 50, 0)]
    [DataRow(3, 9000, .1)]
    [DataRow(1030, 40, .1)]
    public void Cross_entropy_is_that_of_the_whole_row(int rows, int classes, double smoothing)
    {
        const int width = 24;
        float[] x = Values(rows * width, 5), w = Values(classes * width, 6);
        int[] targets = [.. Enumerable.Range(0, rows).Select(i => (i * 7919 + classes - 1) % classes)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(i => .5f + i % 3)];
        double expected = 0;
        double[] dx = new double[rows * width];
        for (int row = 0; row < rows; row++)
        {
            double[] logits = [.. Enumerable.Range(0, classes)
                .Select(c => Enumerable.Range(0, width).Sum(k => (double)x[row * width + k] * w[c * width + k]))];
            double max = logits.Max(), logSum = max + Math.Log(logits.Sum(l => Math.Exp(l - max)));
            expected += weights[row] * ((1 - smoothing) * (logSum - logits[targets[row]]) + smoothing * (logSum - logits.Average()));
            for (int c = 0; c < classes; c++)
            {
                double d = weights[row] * (Math.Exp(logits[c] - logSum) - smoothing / classes - (c == targets[row] ? 1 - smoothing : 0));
                for (int k = 0; k < width; k++)
                    dx[row * width + k] += d * w[c * width + k];
            }
        }
        using Engine engine = CpuEngine.Create(2);
        using Executor executor = engine.CreateExecutor();
        using Parameter weight = New(engine, "weight", classes, width, w);
        Tensor input = executor.Allocate(rows, width), gradient = executor.Allocate(rows, width);
        executor.Write(input, x);
        Indices classesOfRows = executor.WriteIndices(targets);
        Tensor factors = executor.Allocate(rows, 1);
        executor.Write(factors, weights);
        double alone = executor.Read(executor.LinearCrossEntropy(input, weight, null, classesOfRows, factors, null, smoothing));
        double loss = executor.Read(executor.LinearCrossEntropy(input, weight, null, classesOfRows, factors, gradient, smoothing));
        Assert.AreEqual(expected, loss, 1e-6 * expected);
        Assert.AreEqual(loss, alone, "with a gradient and without");
        float[] actual = Read(executor, gradient);
        for (int i = 0; i < dx.Length; i++)
            Assert.AreEqual(dx[i], actual[i], 1e-5, $"element {i}");
    }

    /// <summary>The double lanes, with which probes compare: more than a block of rows, of the depth, of logits and of keys.</summary>
    [TestMethod]
    public void Doubles_agree_with_the_reference_beyond_a_block()
    {
        using CpuEngine<LanesDouble, double> engine = new(threads: 2);
        using ReferenceEngine reference = new();
        Action<IGraph>[] graphs =
        [
            Graphs.Linear(195, 261, 7, bias: true), Graphs.Linear(14, 512, 9, bias: true), Graphs.CrossEntropy(2051, 2, 3, bias: false),
            Graphs.CrossEntropy(1100, 3, 4, bias: true, smoothing: .3), Graphs.Attend(2, 3, int.MaxValue, 133, 2),
            Graphs.Attend(2, 3, 9, 140, 64, 65),
        ];
        foreach (Action<IGraph> graph in graphs)
        {
            using GraphRun run = new(graph, engine), expected = new(graph, reference);
            Dictionary<string, float[]> actual = run.Results();
            foreach ((string name, float[] values) in expected.Results())
                Comparison.AssertClose(values, actual[name], ConformanceTolerances.ForDoubles.Gradient, name);
        }
    }

    private static void Check(string what, float[] actual, int rows, int columns, int depth, Func<int, int, int, double> product,
        Func<int, double>? start = null)
    {
        // Some hundred elements of each, the last row and column among them.
        foreach (int row in Picked(rows))
        {
            foreach (int column in Picked(columns))
            {
                double sum = start?.Invoke(column) ?? 0;
                for (int k = 0; k < depth; k++)
                    sum += product(row, column, k);
                Assert.AreEqual(sum, actual[row * columns + column], 2e-6 * Math.Sqrt(depth) + 1e-6, $"{what} at {row}, {column}");
            }
        }
    }

    private static IEnumerable<int> Picked(int count) => Enumerable.Range(0, count).Where(i => i < 3 || i >= count - 3 || i % 47 == 0);

    private static float[] Read(Executor executor, Tensor tensor)
    {
        float[] values = new float[tensor.Rows * tensor.Columns];
        executor.Read(tensor, values);
        return values;
    }

    private static float[] Read(Engine engine, DeviceBuffer buffer)
    {
        float[] values = new float[buffer.Length];
        engine.Read(buffer, 0, values);
        return values;
    }

    private static Parameter New(Engine engine, string name, int rows, int columns, float[] values)
    {
        var parameter = new Parameter(name, rows, columns)
        {
            Value = engine.CreateBuffer(values.Length), Gradient = engine.CreateBuffer(values.Length)
        };
        engine.Write(parameter.Value, 0, values);
        return parameter;
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - .5f)];
    }
}
