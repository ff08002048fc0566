using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// What the primitives compute, against their formulas written out here in double. (Gradients follow from finite differences,
/// the SIMD paths from the scalar one; neither would see a wrong formula.)
/// </summary>
[TestClass]
public sealed class ForwardTests : IDisposable
{
    private const double Tolerance = 1e-6; // values are read as floats
    private readonly CpuEngine<LanesDouble, double> _engine = new(2);
    private readonly Pass _pass;

    public ForwardTests() => _pass = Pass.ForInference(_engine);

    public void Dispose()
    {
        _pass.Dispose();
        _engine.Dispose();
    }

    [TestMethod]
    [DataRow(int.MaxValue)]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(9)]
    [DataRow(64)]
    public void Attention_is_a_soft_max_of_scaled_products_within_reach(int reach)
    {
        const int heads = 2, headWidth = 3, width = heads * headWidth;
        int[] bounds = Graphs.Bounds(1, 140, 5);
        float[] qkv = Numbers.Normal(bounds[^1] * 3 * width, "qkv", 1.5);
        double[] expected = new double[bounds[^1] * width];
        for (int sequence = 0; sequence + 1 < bounds.Length; sequence++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int i = bounds[sequence]; i < bounds[sequence + 1]; i++)
                {
                    double total = 0;
                    double[] mean = new double[headWidth];
                    for (int j = bounds[sequence]; j < bounds[sequence + 1]; j++)
                    {
                        if (Math.Abs(i - j) > reach)
                            continue;
                        double score = 0;
                        for (int k = 0; k < headWidth; k++)
                            score += (double)qkv[i * 3 * width + head * headWidth + k] * qkv[j * 3 * width + width + head * headWidth + k];
                        double weight = Math.Exp(score / Math.Sqrt(headWidth));
                        total += weight;
                        for (int k = 0; k < headWidth; k++)
                            mean[k] += weight * qkv[j * 3 * width + 2 * width + head * headWidth + k];
                    }
                    for (int k = 0; k < headWidth; k++)
                        expected[i * width + head * headWidth + k] = mean[k] / total;
                }
            }
        }
        AssertClose(expected, _pass.Attend(_pass.Write(bounds[^1], 3 * width, qkv), _pass.SequencesOf(bounds), heads, AttentionPattern.Window(reach)));
    }

    [TestMethod]
    [DataRow(int.MaxValue, int.MaxValue, true)]
    [DataRow(int.MaxValue, 0, false)]
    [DataRow(int.MaxValue, 0, true)]
    [DataRow(0, int.MaxValue, false)]
    [DataRow(3, 1, true)]
    [DataRow(0, 0, true)]
    [DataRow(70, 65, false)]
    public void Attention_sees_so_far_before_and_after_and_adds_a_bias(int before, int after, bool biased)
    {
        const int heads = 2, headWidth = 3, width = heads * headWidth;
        int[] bounds = Graphs.Bounds(1, 140, 5);
        const int longest = 140;
        float[] qkv = Numbers.Normal(bounds[^1] * 3 * width, "qkv", 1.5), bias = Numbers.Normal((2 * longest - 1) * heads, "bias");
        double[] expected = new double[bounds[^1] * width];
        for (int sequence = 0; sequence + 1 < bounds.Length; sequence++)
        {
            for (int item = 0; item < heads * (bounds[sequence + 1] - bounds[sequence]); item++)
            {
                int head = item % heads, i = bounds[sequence] + item / heads;
                double total = 0;
                for (int j = bounds[sequence]; j < bounds[sequence + 1]; j++)
                {
                    if (i - j > before || j - i > after)
                        continue;
                    double score = 0;
                    for (int k = 0; k < headWidth; k++)
                        score += (double)qkv[i * 3 * width + head * headWidth + k] * qkv[j * 3 * width + width + head * headWidth + k];
                    double weight = Math.Exp(score / Math.Sqrt(headWidth) + (biased ? bias[(j - i + longest - 1) * heads + head] : 0));
                    total += weight;
                    for (int k = 0; k < headWidth; k++)
                        expected[i * width + head * headWidth + k] += weight * qkv[j * 3 * width + 2 * width + head * headWidth + k];
                }
                for (int k = 0; k < headWidth; k++)
                    expected[i * width + head * headWidth + k] /= total;
            }
        }
        Tensor? added = biased ? _pass.Write(2 * longest - 1, heads, bias) : null;
        AssertClose(expected, _pass.Attend(
            _pass.Write(bounds[^1], 3 * width, qkv), _pass.SequencesOf(bounds), heads, new AttentionPattern(before, after), added));
    }

    [TestMethod]
    public void Rotary_positions_turn_pairs_of_halves()
    {
        const int heads = 2, headWidth = 6, width = heads * headWidth, half = headWidth / 2;
        const double theta = 100;
        int[] bounds = Graphs.Bounds(3, 1, 40);
        float[] qkv = Numbers.Normal(bounds[^1] * 3 * width, "qkv");
        double[] expected = [.. qkv.Select(value => (double)value)];
        for (int sequence = 0; sequence + 1 < bounds.Length; sequence++)
        {
            for (int row = bounds[sequence]; row < bounds[sequence + 1]; row++)
            {
                for (int head = 0; head < 2 * heads; head++) // queries, then keys
                {
                    for (int i = 0; i < half; i++)
                    {
                        int first = row * 3 * width + head * headWidth + i, second = first + half;
                        double angle = (row - bounds[sequence]) * Math.Pow(theta, -2.0 * i / headWidth);
                        expected[first] = qkv[first] * Math.Cos(angle) - qkv[second] * Math.Sin(angle);
                        expected[second] = qkv[second] * Math.Cos(angle) + qkv[first] * Math.Sin(angle);
                    }
                }
            }
        }
        Tensor turned = _pass.Write(bounds[^1], 3 * width, qkv);
        _pass.Rotate(turned, _pass.SequencesOf(bounds), heads, theta);
        AssertClose(expected, turned);
    }

    [TestMethod]
    public void Layer_norm_centres_and_scales_the_sum()
    {
        const int rows = 5, width = 7;
        float[] a = Numbers.Normal(rows * width, "a"), b = Numbers.Normal(rows * width, "b"), weight = Numbers.Normal(width, "w"), bias = Numbers.Normal(width, "bias");
        double[] sums = new double[rows * width], expected = new double[rows * width];
        for (int row = 0; row < rows; row++)
        {
            for (int i = row * width; i < (row + 1) * width; i++)
                sums[i] = (double)a[i] + b[i];
            double mean = sums.AsSpan(row * width, width).ToArray().Average();
            double variance = sums.AsSpan(row * width, width).ToArray().Average(value => (value - mean) * (value - mean));
            for (int i = 0; i < width; i++)
                expected[row * width + i] = (sums[row * width + i] - mean) / Math.Sqrt(variance + .01) * weight[i] + bias[i];
        }
        (Tensor sum, Tensor normalised) = _pass.AddLayerNorm(
            _pass.Write(rows, width, a), _pass.Write(rows, width, b), Parameter(1, width, weight), Parameter(1, width, bias), .01);
        AssertClose(sums, sum);
        AssertClose(expected, normalised);
    }

    [TestMethod]
    public void Linear_layers_gates_and_activations()
    {
        const int rows = 3, inputs = 5, outputs = 8;
        float[] x = Numbers.Normal(rows * inputs, "x"), weight = Numbers.Normal(outputs * inputs, "w"), bias = Numbers.Normal(outputs, "b");
        double[] linear = new double[rows * outputs];
        for (int i = 0; i < linear.Length; i++)
        {
            linear[i] = bias[i % outputs];
            for (int k = 0; k < inputs; k++)
                linear[i] += (double)x[i / outputs * inputs + k] * weight[i % outputs * inputs + k];
        }
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Func<double, double> f = activation switch
            {
                Activation.None => v => v,
                Activation.Gelu => v => v / 2 * (1 + DoubleFunctions.Erf(v / Math.Sqrt(2))),
                Activation.GeluTanh => v => v / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + .044715 * v * v * v))),
                Activation.Relu => v => Math.Max(v, 0),
                Activation.Tanh => Math.Tanh,
                Activation.Silu => v => v / (1 + Math.Exp(-v)),
                _ => throw new NotSupportedException($"{activation} has no formula here."),
            };
            Tensor tokens = _pass.Write(rows, inputs, x);
            AssertClose([.. linear.Select(f)], _pass.Linear(tokens, Parameter(outputs, inputs, weight), Parameter(1, outputs, bias), activation));
            const int half = outputs / 2;
            double[] gated = new double[rows * half];
            for (int i = 0; i < gated.Length; i++)
                gated[i] = f(linear[i / half * outputs + i % half]) * linear[i / half * outputs + half + i % half];
            AssertClose(gated, _pass.Gate(_pass.Linear(tokens, Parameter(outputs, inputs, weight), Parameter(1, outputs, bias)), activation));
        }
    }

    [TestMethod]
    public void Cross_entropy_is_the_weighted_negative_log_likelihood()
    {
        const int rows = 6, width = 4, classes = 9;
        float[] x = Numbers.Normal(rows * width, "x"), weight = Numbers.Normal(classes * width, "w"), bias = Numbers.Normal(classes, "b"), weights = Numbers.Normal(rows, "weights", .3, 1);
        int[] targets = Numbers.Integers(rows, classes, "targets");
        double expected = 0, smoothed = 0;
        for (int row = 0; row < rows; row++)
        {
            double[] logits = [.. Enumerable.Range(0, classes).Select(c => bias[c] + Enumerable.Range(0, width).Sum(k => (double)x[row * width + k] * weight[c * width + k]))];
            double norm = Math.Log(logits.Sum(Math.Exp));
            expected += weights[row] * (norm - logits[targets[row]]);
            smoothed += weights[row] * (.9 * (norm - logits[targets[row]]) + .1 * logits.Average(logit => norm - logit));
        }
        Assert.AreEqual(expected, Loss(0), 1e-12);
        Assert.AreEqual(smoothed, Loss(.1), 1e-12);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Loss(1));

        double Loss(double smoothing) => _pass.Read(
            _pass.LinearCrossEntropy(_pass.Write(rows, width, x), Parameter(classes, width, weight), Parameter(1, classes, bias), targets, weights, smoothing));
    }

    [TestMethod]
    public void Rows_are_looked_up_gathered_and_added()
    {
        const int width = 3;
        float[] table = Numbers.Normal(5 * width, "table");
        int[] indices = [4, 0, 4, 2];
        Tensor looked = _pass.Embed(Parameter(5, width, table), indices);
        double[] expected = [.. indices.SelectMany(index => table[(index * width)..((index + 1) * width)]).Select(value => (double)value)];
        AssertClose(expected, looked);
        AssertClose([.. expected[(2 * width)..(3 * width)], .. expected[..width]], _pass.Gather(looked, [2, 0]));
        AssertClose([.. expected.Select(value => 2 * value)], _pass.Add(looked, looked));
        double[] means = [.. Enumerable.Range(0, width).Select(i => (expected[i] + expected[width + i] + expected[2 * width + i]) / 3)];
        AssertClose([.. means, .. expected[(3 * width)..]], _pass.MeanRows(looked, _pass.SequencesOf([0, 3, 4])));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _pass.MeanRows(looked, _pass.SequencesOf([0, 4, 4]))).Message, "Sequence 1 is empty");
    }

    [TestMethod]
    public void Positions_and_one_row_are_added()
    {
        const int width = 3, offset = 2;
        float[] x = Numbers.Normal(5 * width, "x"), positions = Numbers.Normal(5 * width, "positions"), kinds = Numbers.Normal(2 * width, "kinds");
        Sequences sequences = _pass.SequencesOf([0, 3, 3, 5]);
        Tensor y = _pass.Write(5, width, x);
        Parameter table = Parameter(5, width, positions);
        _pass.AddPositions(y, table, sequences, offset);
        _pass.AddRow(y, Parameter(2, width, kinds), 1);
        int[] position = [0, 1, 2, 0, 1];
        AssertClose([.. Enumerable.Range(0, 5 * width).Select(i => (double)x[i] + positions[(offset + position[i / width]) * width + i % width] + kinds[width + i % width])], y);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _pass.AddPositions(y, table, sequences, 3)).Message, "'parameter' has 5 rows");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _pass.AddRow(y, table, 5)).Message, "'parameter' has 5 rows");
    }

    [TestMethod]
    public void First_rows_of_sequences()
    {
        float[] x = Numbers.Normal(15, "x");
        Tensor rows = _pass.Write(5, 3, x);
        AssertClose([x[0], x[1], x[2], x[6], x[7], x[8]], _pass.FirstRows(rows, _pass.SequencesOf([0, 2, 5])));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _pass.FirstRows(rows, _pass.SequencesOf([0, 5, 5]))).Message, "Sequence 1 is empty");
    }

    private Parameter Parameter(int rows, int columns, float[] values)
    {
        Parameter parameter = new("parameter", rows, columns) { Value = _engine.CreateBuffer(values.Length) };
        _engine.Write(parameter.Value, 0, values);
        return parameter;
    }

    private void AssertClose(double[] expected, Tensor actual)
    {
        float[] values = new float[actual.Rows * actual.Columns];
        _pass.Read(actual, values);
        Assert.HasCount(expected.Length, values);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], values[i], Tolerance * Math.Max(1, Math.Abs(expected[i])), $"Element {i}.");
    }
}
