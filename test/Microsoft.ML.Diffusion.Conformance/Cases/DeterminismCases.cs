using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>The same twice; a row and a sequence alone and in a batch.</summary>
internal static class DeterminismCases
{
    private const int Heads = 3, HeadWidth = 6, Width = Heads * HeadWidth;
    private static readonly int[] s_lengths = [1, 70, 5, 131, 64, 17, 2];

    public static ConformanceCase[] All { get; } =
    [
        new("the same twice: an encoder and all its gradients", Twice),
        new("the same twice: on another engine of the kind", AnotherEngine),
        new("alone and in a batch: rows of linear layers, norms and elements", Rows),
        new("alone and in a batch: rows under a loss", RowsUnderALoss),
        new("alone and in a batch: sequences, full attention", e => Sequences(e, AttentionPattern.Full)),
        new("alone and in a batch: sequences, attention in a window", e => Sequences(e, AttentionPattern.Window(6))),
        new("alone and in a batch: sequences, causal attention", e => Sequences(e, AttentionPattern.Causal)),
        new("alone and in a batch: gradients of attention", Gradients),
    ];

    private static void Twice(EngineUnderTest e)
    {
        using GraphRun run = new(Graphs.Encoder(3, 10, 1, 20, 13), e.Engine);
        Dictionary<string, float[]> first = run.Results();
        for (int i = 0; i < 3; i++)
            AssertRepeats(e, first, run.Results());
    }

    private static void AnotherEngine(EngineUnderTest e)
    {
        using Engine other = e.OpenAnother();
        using GraphRun run = new(Graphs.Encoder(2, 4, 1, 7, 3), e.Engine), again = new(Graphs.Encoder(2, 4, 1, 7, 3), other);
        AssertRepeats(e, run.Results(), again.Results());
    }

    private static void Rows(EngineUnderTest e)
    {
        const int rows = 30;
        float[] x = Numbers.Normal(rows * Width, "x");
        Parameter weight = e.Parameter("w", 2 * Width, Width, Numbers.Normal(2 * Width * Width, "w", .3)),
            bias = e.Parameter("b", 1, 2 * Width, Numbers.Normal(2 * Width, "b"));
        Parameter scale = e.Parameter("scale", 1, Width, Numbers.Normal(Width, "scale"));
        float[] batch = Run(x);
        for (int row = 0; row < rows; row++)
            AssertSame(e, Run(x[(row * Width)..((row + 1) * Width)]), batch.AsSpan(row * Width, Width), $"row {row}");
        AssertSame(e, Run(x[..(13 * Width)]), batch.AsSpan(0, 13 * Width), "rows 0 to 12");

        float[] Run(float[] input)
        {
            e.Inference.Begin();
            Tensor h = e.Inference.Linear(e.Inference.Write(input.Length / Width, Width, input), weight, bias, Activation.Gelu);
            return e.Read(e.Inference.LayerNorm(e.Inference.Gate(h, Activation.Silu), scale, null, 1e-5));
        }
    }

    private static void RowsUnderALoss(EngineUnderTest e)
    {
        const int rows = 20, classes = 37;
        float[] x = Numbers.Normal(rows * Width, "x"), weights = Numbers.Normal(rows, "weights", .3, 1);
        int[] targets = Numbers.Integers(rows, classes, "targets");
        Parameter weight = e.Parameter("w", classes, Width, Numbers.Normal(classes * Width, "w"));
        using Executor executor = e.Engine.CreateExecutor();
        float[] batch = Gradient(0, rows);
        for (int row = 0; row < rows; row++)
            AssertSame(e, Gradient(row, 1), batch.AsSpan(row * Width, Width), $"row {row}");

        float[] Gradient(int first, int count)
        {
            executor.Reset();
            Tensor input = executor.Allocate(count, Width), factors = executor.Allocate(count, 1), dx = executor.Allocate(count, Width);
            executor.Write(input, x.AsSpan(first * Width, count * Width));
            executor.Write(factors, weights.AsSpan(first, count));
            executor.LinearCrossEntropy(input, weight, null, executor.WriteIndices(targets.AsSpan(first, count)), factors, dx, .1);
            float[] gradient = new float[count * Width];
            executor.Read(dx, gradient);
            return gradient;
        }
    }

    private static void Sequences(EngineUnderTest e, AttentionPattern pattern)
    {
        float[][] inputs = [.. s_lengths.Select((length, i) => Numbers.Normal(length * Width, $"sequence {i}"))];
        Parameter qkvWeight = Matrix(3 * Width, Width), outWeight = Matrix(Width, Width), scale = Matrix(1, Width),
            positions = Matrix(131, Width);
        float[] batch = Run(inputs);
        int start = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            AssertSame(e, Run(inputs[i]), batch.AsSpan(start, inputs[i].Length), $"sequence {i}", e.Tolerances.ModelForward);
            start += inputs[i].Length;
        }

        float[] Run(params float[][] sequences)
        {
            int[] bounds = Numbers.Bounds([.. sequences.Select(sequence => sequence.Length / Width)]);
            Pass pass = e.Inference;
            pass.Begin();
            Tensor x = pass.Write(bounds[^1], Width, [.. sequences.SelectMany(sequence => sequence)]);
            Sequences packed = pass.SequencesOf(bounds);
            pass.AddPositions(x, positions, packed);
            Tensor qkv = pass.Linear(x, qkvWeight, null);
            pass.Rotate(qkv, packed, Heads, 10_000);
            Tensor y = pass.Linear(pass.Attend(qkv, packed, Heads, pattern), outWeight, null, Activation.Gelu);
            return e.Read(pass.AddLayerNorm(y, x, scale, null, 1e-5).Normalized);
        }

        Parameter Matrix(int rows, int columns) =>
            e.Parameter("matrix", rows, columns, Numbers.Normal(rows * columns, $"{rows} × {columns}", .2));
    }

    private static void Gradients(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(s_lengths.Sum() * 3 * Width, "qkv"), gradient = Numbers.Normal(s_lengths.Sum() * Width, "dy");
        using Executor executor = e.Engine.CreateExecutor();
        float[] batch = Backward(0, s_lengths);
        int start = 0;
        foreach (int length in s_lengths)
        {
            AssertSame(e, Backward(start, length), batch.AsSpan(start * 3 * Width, length * 3 * Width), $"the sequence of {length}");
            start += length;
        }

        float[] Backward(int first, params int[] lengths)
        {
            executor.Reset();
            int rows = lengths.Sum();
            Tensor qkv = executor.Allocate(rows, 3 * Width), y = executor.Allocate(rows, Width), dy = executor.Allocate(rows, Width);
            Tensor sums = executor.Allocate(rows, Heads), dqkv = executor.Allocate(rows, 3 * Width);
            Sequences sequences = executor.WriteSequences(Numbers.Bounds(lengths));
            executor.Write(qkv, x.AsSpan(first * 3 * Width, rows * 3 * Width));
            executor.Write(dy, gradient.AsSpan(first * Width, rows * Width));
            executor.Attend(qkv, sequences, Heads, new(9, 20), null, y, sums, default);
            executor.AttendBackward(qkv, sequences, Heads, new(9, 20), null, y, sums, dy, dqkv, null, false, default);
            float[] values = new float[rows * 3 * Width];
            executor.Read(dqkv, values);
            return values;
        }
    }

    private static void AssertRepeats(EngineUnderTest e, Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        if (e.Tolerances.RepeatsBitForBit)
        {
            Comparison.AssertSameBits(expected, actual, "again");
            return;
        }
        foreach ((string name, float[] values) in expected)
            Comparison.AssertClose(values, actual[name], e.Tolerances.Gradient, $"again, {name}");
    }

    private static void AssertSame(EngineUnderTest e, float[] alone, ReadOnlySpan<float> inBatch, string what, double? tolerance = null) =>
        EngineUnderTest.AssertSame(alone, inBatch, e.Tolerances.IsEqualInAnyBatch, tolerance ?? e.Tolerances.Forward, what);
}
