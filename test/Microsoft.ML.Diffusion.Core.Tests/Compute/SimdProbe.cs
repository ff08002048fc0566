using System.Text.Json;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// What <see cref="SimdTests"/> starts as a child process (<see cref="Program"/>), once for each instruction set: it compares every
/// primitive, forward and backward, on this process's engine with the float64 scalar engine, and prints a line of JSON for
/// each group: the instruction set it got, and the largest error relative to the largest element.
/// </summary>
internal static class SimdProbe
{
    private static readonly int[] s_widths = [1, 3, 15, 16, 17, 31, 33, 48, 97];
    private static readonly int[] s_rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 191, 192, 193, 194];
    private static readonly int[] s_lengths = [0, 1, 3, 15, 16, 17, 33, 4095, 4097, 16384, 16391, 40003];

    public static int Run()
    {
        switch (CpuEngine.InstructionSet)
        {
            case "AVX-512": Probe<Lanes512>(); break;
            case "AVX2": Probe<Lanes256>(); break;
            case "Vector128": Probe<Lanes128>(); break;
            default: Probe<LanesSingle>(); break;
        }
        return 0;
    }

    /// <summary>All graphs by group: widths beside each register's, rows around the tiles', depths beyond a block.</summary>
    public static IEnumerable<(string Group, Action<IGraph> Graph)> Cases()
    {
        Activation[] activations = Enum.GetValues<Activation>();
        foreach (int rows in s_rows)
        {
            for (int i = 0; i < (rows > 13 ? 1 : s_widths.Length); i++)
            {
                yield return ("linear",
                    Graphs.Linear(rows, s_widths[i], s_widths[(i + rows) % s_widths.Length], bias: i % 2 == 0,
                        activations[i % activations.Length]));
            }
        }
        foreach ((int rows, int input, int output) in
            new[] { (13, 257, 97), (194, 300, 33), (7, 513, 17), (25, 512, 97), (13, 1024, 161), (192, 512, 130) })
            yield return ("deep linear", Graphs.Linear(rows, input, output, bias: true));
        foreach (int width in s_widths)
        {
            foreach (Activation activation in activations)
            {
                yield return ("activation", Graphs.Linear(5, 7, width, bias: true, activation));
                yield return ("gate", Graphs.Gate(17, width, activation));
            }
            foreach (int rows in new[] { 1, 5, 33, 70 })
            {
                // A row of one element is its own mean: nothing is left to compare.
                if (width > 1)
                {
                    yield return ("layer norm", Graphs.LayerNorm(rows, width, bias: rows != 5));
                    yield return ("layer norm", Graphs.AddLayerNorm(rows, width, bias: rows != 5));
                }
                yield return ("embed", Graphs.Embed(rows, width));
                yield return ("gather", Graphs.Gather(rows, width, rows + 3));
                yield return ("positions", Graphs.Positions(width, 2, rows, 1, 20));
                yield return ("first rows", Graphs.FirstRows(width, rows, 1, 20));
                yield return ("mean rows", Graphs.MeanRows(width, rows, 1, 20));
                yield return ("add", Graphs.Add(rows, width));
                yield return ("dropout", Graphs.Dropout(rows, width));
            }
            yield return ("attend", Graphs.Attend(2, width, int.MaxValue, 1, 5, 70, 16, 33));
            yield return ("attend", Graphs.Attend(2, width, 5, 1, 5, 140, 17, 64));
            yield return ("attend, dropping", Graphs.DroppingAttend(.3, 2, width, int.MaxValue, 1, 5, 70, 16, 33));
            yield return ("attend, dropping", Graphs.DroppingAttend(.3, 2, width, 5, 1, 5, 300, 17, 64));
            yield return ("attend, causal", Graphs.PatternAttend(2, width, AttentionPattern.Causal, 1, 5, 140, 17, 64));
            yield return ("attend, causal", Graphs.PatternAttend(2, width, new AttentionPattern(17, 3), 1, 5, 140, 17, 64));
            yield return ("attend, biased", Graphs.BiasedAttend(0, 2, width, AttentionPattern.Full, 1, 5, 70, 16, 33));
            yield return ("attend, biased", Graphs.BiasedAttend(0, 3, width, new AttentionPattern(20, 4), 1, 5, 140, 17, 64));
            yield return ("attend, biased", Graphs.BiasedAttend(.3, 2, width, AttentionPattern.Causal, 1, 5, 70, 16, 33));
            yield return ("rotate", Graphs.Rotate(2, 2 * width, 1, 40, 17));
            yield return ("label smoothing", Graphs.CrossEntropy(9, 7, width + 1, bias: true, smoothing: .2));
            yield return ("cross-entropy", Graphs.CrossEntropy(13, width, 1 + width, bias: true));
        }
        foreach (Activation activation in activations)
            yield return ("activation", Graphs.Linear(301, 3, 97, bias: true, activation)); // several chunks
        yield return ("add", Graphs.Add(701, 97));
        yield return ("dropout", Graphs.Dropout(301, 97));
        yield return ("cross-entropy", Graphs.CrossEntropy(1100, 17, 33, bias: true));
        yield return ("attend", Graphs.Attend(8, 64, int.MaxValue, 70, 3)); // rows at a distance of whole pages
        yield return ("encoder", Graphs.Encoder(3, 10, 1, 70, 13, 5));
    }

    private static void Probe<V>() where V : unmanaged, ILanes<V, float>
    {
        using CpuEngine<V, float> engine = new(threads: 2);
        using CpuEngine<LanesDouble, double> reference = new(threads: 1);
        Dictionary<string, (double Error, int Count)> groups = [];
        foreach ((string group, Action<IGraph> graph) in Cases())
        {
            using GraphRun run = new(graph, engine);
            using GraphRun expected = new(graph, reference);
            Dictionary<string, float[]> actualResults = run.Results(), expectedResults = expected.Results();
            foreach ((string name, float[] values) in expectedResults)
                Add(group, Comparison.Error(actualResults[name], values));
        }
        foreach (int length in s_lengths)
        {
            float[] values = Numbers.Normal(length, "squares");
            using Parameter parameter = new("squares", 1, length) { Gradient = engine.CreateBuffer(length) };
            engine.Write(parameter.Gradient, 0, values);
            double exact = values.Sum(value => (double)value * value);
            Add("sum of squares", length == 0 ? 0 : Math.Abs(engine.SumOfSquares([parameter]) - exact) / exact);
            if (length > 0)
                Add("AdamW", AdamWError(engine, length));
        }
        foreach (int width in s_widths)
            Add("pack", PackError(engine, width));
        foreach (int rows in s_rows)
        {
            foreach ((int inputs, int outputs) in new[] { (1, 1), (3, 17), (16, 16), (31, 33), (97, 48), (515, 130) })
                Add("quantized linear", QuantizedError(engine, rows, inputs, outputs));
        }
        foreach (int width in s_widths)
            Add("greatest", TopError(engine, width));
        Add("exp", ElementaryFunctions.ExpError<V>().Relative);
        Add("erf", ElementaryFunctions.ErfError<V>());
        foreach ((string group, (double error, int count)) in groups)
            Console.WriteLine(JsonSerializer.Serialize(new SimdResult(CpuEngine.InstructionSet, V.Count, group, error, count)));

        void Add(string group, double error)
        {
            (double largest, int count) = groups.GetValueOrDefault(group);
            groups[group] = (Math.Max(largest, error), count + 1);
        }
    }

    private static double AdamWError(Engine engine, int length)
    {
        using Parameter parameter = new("w", 1, length)
        {
            Value = engine.CreateBuffer(length),
            Gradient = engine.CreateBuffer(length),
            FirstMoment = engine.CreateBuffer(length),
            SecondMoment = engine.CreateBuffer(length),
        };
        float[] start = Numbers.Normal(length, "start"), gradient = Numbers.Normal(length, "gradient"), result = new float[length];
        engine.Write(parameter.Value!, 0, start);
        engine.Write(parameter.Gradient!, 0, gradient);
        AdamWFormula expected = new(start);
        for (int step = 1; step <= 3; step++)
        {
            AdamWStep settings = AdamWFormula.Settings(step, rate: .01, decay: .1, gradientScale: .7);
            engine.Update([parameter], settings);
            expected.Step(gradient, settings);
        }
        engine.Read(parameter.Value!, 0, result);
        return Comparison.Error(result, [.. expected.Weights.Select(weight => (float)weight)]);
    }

    private static double QuantizedError(Engine engine, int rows, int inputs, int outputs)
    {
        float[] x = Numbers.Normal(rows * inputs, "x"), w = Numbers.Normal(outputs * inputs, "w"), b = Numbers.Normal(outputs, "b"),
            y = new float[rows * outputs];
        using Parameter weight = new("w", outputs, inputs) { Value = engine.CreateBuffer(w.Length) },
            bias = new("b", 1, outputs, ParameterRole.Bias) { Value = engine.CreateBuffer(outputs) };
        engine.Write(weight.Value!, 0, w);
        engine.Write(bias.Value!, 0, b);
        engine.Quantize(weight);
        using Pass pass = Pass.ForInference(engine);
        pass.Begin();
        pass.Read(pass.Linear(pass.Write(rows, inputs, x), weight, bias), y);
        return Comparison.Error(y, QuantizedReference.Linear(x, w, b, inputs));
    }

    /// <summary>log Σ exp, and the greatest elements in their very bits.</summary>
    private static double TopError(Engine engine, int width)
    {
        const int rows = 3;
        int count = Math.Min(5, width);
        float[] x = Numbers.Normal(rows * width, "greatest", 4), values = new float[rows * count];
        double[] sums = new double[rows];
        int[] columns = new int[rows * count];
        using Pass pass = Pass.ForInference(engine);
        pass.Begin();
        pass.ReadTop(pass.Write(rows, width, x), count, sums, values, columns);
        float[] expected = [.. Enumerable.Range(0, rows)
            .Select(row => (float)Math.Log(x[(row * width)..((row + 1) * width)].Sum(value => Math.Exp(value))))];
        int[] places = [.. Enumerable.Range(0, rows)
            .SelectMany(row => Enumerable.Range(0, width).OrderByDescending(i => x[row * width + i]).Take(count))];
        bool same = places.SequenceEqual(columns) && columns.Select((column, i) => x[i / count * width + column]).SequenceEqual(values);
        return same ? Comparison.Error([.. sums.Select(sum => (float)sum)], expected) : double.PositiveInfinity;
    }

    /// <summary>Packed weights multiply to the very same bits, and come back as they were.</summary>
    private static double PackError(Engine engine, int width)
    {
        const int rows = 7, outputs = 35;
        using Parameter weight = new("w", outputs, width) { Value = engine.CreateBuffer(outputs * width) };
        float[] values = Numbers.Normal(outputs * width, "pack");
        engine.Write(weight.Value!, 0, values);
        using Pass pass = Pass.ForInference(engine);
        float[] plain = Multiply();
        engine.Pack(weight);
        float[] packed = Multiply();
        engine.Unpack(weight);
        float[] back = new float[values.Length];
        engine.Read(weight.Value!, 0, back);
        return plain.AsSpan().SequenceEqual(packed) && values.AsSpan().SequenceEqual(back) ? 0 : double.PositiveInfinity;

        float[] Multiply()
        {
            pass.Begin();
            float[] y = new float[rows * outputs];
            pass.Read(pass.Linear(pass.Write(rows, width, Numbers.Normal(rows * width, "x")), weight, null, Activation.Gelu), y);
            return y;
        }
    }
}

/// <summary>A line of the probe's output.</summary>
internal sealed record SimdResult(string InstructionSet, int Lanes, string Group, double Error, int Count);
