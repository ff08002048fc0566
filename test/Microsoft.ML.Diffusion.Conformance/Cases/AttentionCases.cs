using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Rotary positions and attention: patterns, a bias, dropout.</summary>
internal static class AttentionCases
{
    private static readonly int[] s_lengths = [1, 70, 0, 16, 5];

    private static readonly (string Name, AttentionPattern Pattern)[] s_patterns =
    [
        ("full", AttentionPattern.Full), ("causal", AttentionPattern.Causal), ("what comes after alone", new(0, int.MaxValue)),
        ("itself alone", new(0, 0)), ("a window of 1", AttentionPattern.Window(1)), ("a window of 9", AttentionPattern.Window(9)),
        ("a window as long as a sequence", AttentionPattern.Window(70)), ("3 before and 1 after", new(3, 1)),
        ("17 before and 65 after", new(17, 65)),
        ("almost all", AttentionPattern.Window(int.MaxValue - 1)),
    ];

    public static ConformanceCase[] All { get; } =
    [
        new("rotary: by its formula", RotateFormula),
        new("rotary: in many shapes", Rotate),
        new("rotary: turned back it is as it was", RotatedBack),
        .. s_patterns.SelectMany(pattern => (ConformanceCase[])
        [
            new($"attention: {pattern.Name}, by its formula", e => Formula(e, pattern.Pattern, withBias: false)),
            new($"attention: {pattern.Name}, with a bias, by its formula", e => Formula(e, pattern.Pattern, withBias: true)),
            new($"attention: {pattern.Name}, and its backward",
                e => Attend(e, pattern.Pattern, withBias: false, accumulate: false, dropout: 0)),
            new($"attention: {pattern.Name}, with a bias, and its backward",
                e => Attend(e, pattern.Pattern, withBias: true, accumulate: false, dropout: 0)),
        ]),
        new("attention: the gradient of the bias, added to", e => Attend(e, new(5, 9), withBias: true, accumulate: true, dropout: 0)),
        new("attention: long sequences", Long),
        new("attention: heads of many widths", Widths),
        new("attention: great scores do not overflow", GreatScores),
        new("attention: where it drops, by its formula", DroppingFormula),
        new("attention: where it drops, and its backward", e => Dropping(e, AttentionPattern.Full, withBias: false)),
        new("attention: where it drops in a window, and its backward", e => Dropping(e, new(5, 2), withBias: false)),
        new("attention: where it drops, with a bias, and its backward", e => Dropping(e, AttentionPattern.Causal, withBias: true)),
        new("attention: the backward drops what the forward dropped", SameDropped),
        new("attention: it drops at its rate, by head, query and key", DropsAtItsRate),
    ];

    private static void RotateFormula(EngineUnderTest e)
    {
        int[] bounds = Numbers.Bounds(3, 1, 40);
        float[] qkv = Numbers.Normal(44 * 3 * 12, "qkv");
        Tensor turned = e.Inference.Write(44, 36, qkv);
        e.Inference.Rotate(turned, e.Inference.SequencesOf(bounds), 2, 100);
        e.AssertFormula(Formulas.Rotate(qkv, bounds, 2, 6, 100), turned, "turned");
    }

    private static void Rotate(EngineUnderTest e)
    {
        foreach ((int heads, int headWidth, double theta) in ((int, int, double)[])[(1, 2, 10), (3, 4, 10_000), (2, 34, 160_000),
            (1, 64, 100)])
        {
            foreach (bool inverse in (bool[])[false, true])
            {
                e.AssertPrimitive($"{heads} × {headWidth}, inverse: {inverse}", p =>
                {
                    Tensor qkv = p.Input("qkv", 92, 3 * heads * headWidth);
                    p.Executor.Rotate(qkv, p.Sequences(s_lengths), heads, theta, inverse);
                    p.Result("turned", qkv);
                });
            }
        }
    }

    private static void RotatedBack(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        float[] x = Numbers.Normal(9 * 24, "qkv"), back = new float[x.Length];
        Tensor qkv = executor.Allocate(9, 24);
        Sequences sequences = executor.WriteSequences([0, 9]);
        executor.Write(qkv, x);
        executor.Rotate(qkv, sequences, 2, 1000, inverse: false);
        executor.Rotate(qkv, sequences, 2, 1000, inverse: true);
        executor.Read(qkv, back);
        Comparison.AssertClose(x, back, e.Tolerances.Forward, "turned back");
    }

    private static void Formula(EngineUnderTest e, AttentionPattern pattern, bool withBias)
    {
        const int heads = 2, headWidth = 3, width = heads * headWidth;
        int[] bounds = Numbers.Bounds(s_lengths);
        float[] qkv = Numbers.Normal(92 * 3 * width, "qkv", 1.5);
        float[]? bias = withBias ? Numbers.Normal(139 * heads, "bias") : null;
        Tensor y = e.Inference.Attend(
            e.Inference.Write(92, 3 * width, qkv), e.Inference.SequencesOf(bounds), heads, pattern,
            withBias ? e.Inference.Write(139, heads, bias) : null);
        e.AssertFormula(Formulas.Attend(qkv, bounds, heads, headWidth, pattern, bias), y, "attended");
    }

    private static void Attend(EngineUnderTest e, AttentionPattern pattern, bool withBias, bool accumulate, double dropout)
    {
        foreach ((int heads, int headWidth) in ((int, int)[])[(2, 4), (3, 5)])
            AssertAttention(e, heads, headWidth, pattern, withBias, accumulate, dropout, s_lengths);
    }

    private static void Long(EngineUnderTest e)
    {
        AssertAttention(e, 2, 3, AttentionPattern.Full, false, false, 0, 300, 2);
        AssertAttention(e, 1, 3, AttentionPattern.Window(9), true, false, 0, 300, 64, 65);
        AssertAttention(e, 1, 3, AttentionPattern.Causal, false, false, 0, 200);
    }

    private static void Widths(EngineUnderTest e)
    {
        foreach (int headWidth in (int[])[1, 2, 15, 16, 17, 33, 64])
            AssertAttention(e, 2, headWidth, AttentionPattern.Window(12), false, false, 0, 20, 1, 7);
    }

    private static void GreatScores(EngineUnderTest e)
    {
        int[] bounds = [0, 6, 9];
        float[] qkv = Numbers.Normal(9 * 12, "qkv", 30);
        Tensor y = e.Inference.Attend(e.Inference.Write(9, 12, qkv), e.Inference.SequencesOf(bounds), 1, AttentionPattern.Full);
        float[] actual = e.Read(y);
        Assert.IsTrue(Array.TrueForAll(actual, float.IsFinite));
        // Products of hundreds have rounding of their own, which the exponential sees.
        Comparison.AssertClose(Formulas.Attend(qkv, bounds, 1, 4, AttentionPattern.Full, null), actual, 100 * e.Tolerances.Forward,
            "attended");
    }

    private static void DroppingFormula(EngineUnderTest e)
    {
        if (!e.Tolerances.DropsAttentionAlike)
            return;
        const int heads = 2, headWidth = 3;
        int[] bounds = [0, 7, 8, 30];
        float[] qkv = Numbers.Normal(30 * 18, "qkv"), values = new float[30 * 6];
        using Executor executor = e.Engine.CreateExecutor();
        Tensor input = executor.Allocate(30, 18), y = executor.Allocate(30, 6);
        executor.Write(input, qkv);
        executor.Attend(input, executor.WriteSequences(bounds), heads, AttentionPattern.Full, null, y, null, new AttentionDropout(.3, 99));
        executor.Read(y, values);
        double[] expected = Formulas.Attend(
            qkv, bounds, heads, headWidth, AttentionPattern.Full, null,
            (head, i, j) => Formulas.Kept(.3, 99, ((ulong)head << 32) + (ulong)i, j));
        Comparison.AssertClose(expected, values, e.Tolerances.Forward, "attended");
    }

    private static void Dropping(EngineUnderTest e, AttentionPattern pattern, bool withBias)
    {
        if (e.Tolerances.DropsAttentionAlike)
            Attend(e, pattern, withBias, accumulate: false, dropout: .3);
    }

    /// <summary>Attention is linear in the values: Σ dy ∘ y = Σ dvalues ∘ values, whatever was dropped, if it was the same.</summary>
    private static void SameDropped(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        float[] x = Numbers.Normal(40 * 24, "qkv"), gradient = Numbers.Normal(40 * 8, "dy"), values = new float[40 * 8],
            dValues = new float[40 * 24];
        Tensor qkv = executor.Allocate(40, 24), dy = executor.Allocate(40, 8), y = executor.Allocate(40, 8),
            dqkv = executor.Allocate(40, 24), sums = executor.Allocate(40, 2);
        Sequences sequences = executor.WriteSequences([0, 33, 40]);
        var dropout = new AttentionDropout(.4, 5);
        executor.Write(qkv, x);
        executor.Write(dy, gradient);
        executor.Attend(qkv, sequences, 2, AttentionPattern.Full, null, y, sums, dropout);
        executor.AttendBackward(qkv, sequences, 2, AttentionPattern.Full, null, y, sums, dy, dqkv, null, false, dropout);
        executor.Read(y, values);
        executor.Read(dqkv, dValues);
        double size = values.Zip(gradient, (a, b) => Math.Abs((double)a * b)).Sum(),
            forward = values.Zip(gradient, (a, b) => (double)a * b).Sum();
        double backward = Enumerable.Range(0, x.Length).Where(i => i % 24 >= 16).Sum(i => (double)x[i] * dValues[i]);
        Assert.AreEqual(forward, backward, e.Tolerances.Gradient * size);
    }

    private static void DropsAtItsRate(EngineUnderTest e)
    {
        // Keys of zeros and values of ones: each output is the share that was kept, over 1 − rate.
        const int heads = 2, width = 4, length = 140;
        float[] x = [.. Enumerable.Range(0, length * 3 * width).Select(i => i % (3 * width) < 2 * width ? 0f : 1f)];
        float[] shares = Attended(7, [length]), again = Attended(7, [length]), other = Attended(8, [length]);
        Comparison.AssertSameBits(shares, again, "the same key");
        CollectionAssert.AreNotEqual(shares, other, "another key");
        Assert.IsGreaterThan(10, shares.Chunk(width).Select(row => row[0]).Distinct().Count(), "queries differ");
        Assert.IsTrue(shares.Chunk(width).Any(row => row[0] != row[width / heads]), "heads differ");
        Assert.AreEqual(1, shares.Average(), .02);
        if (e.Tolerances is { DropsAttentionAlike: true, IsEqualInAnyBatch: true })
        {
            float[] parts = Attended(7, [30, 100, 10]);
            Comparison.AssertSameBits(Attended(7, [30]), parts.AsSpan(0, 30 * width), "by positions in the sequence");
            Comparison.AssertSameBits(Attended(7, [100]), parts.AsSpan(30 * width, 100 * width), "by positions in the sequence");
        }

        float[] Attended(ulong key, int[] lengths)
        {
            using Pass pass = Pass.ForTraining(e.Engine);
            pass.Begin(key);
            int[] bounds = Numbers.Bounds(lengths);
            Tensor qkv = pass.Write(bounds[^1], 3 * width, x.AsSpan(0, bounds[^1] * 3 * width));
            return EngineUnderTest.Read(pass, pass.Attend(qkv, pass.SequencesOf(bounds), heads, AttentionPattern.Full, dropout: .3));
        }
    }

    private static void AssertAttention(
        EngineUnderTest e, int heads, int headWidth, AttentionPattern pattern, bool withBias, bool accumulate, double dropout,
        params int[] lengths) =>
        e.AssertPrimitive($"{heads} × {headWidth}, {string.Join(' ', lengths)}", p =>
        {
            int rows = lengths.Sum(), width = heads * headWidth, distances = 2 * lengths.Max() - 1;
            Sequences sequences = p.Sequences(lengths);
            Tensor qkv = p.Input("qkv", rows, 3 * width, 1.5), y = p.Unspecified(rows, width), sums = p.Unspecified(rows, heads);
            Tensor? bias = withBias ? p.Input("bias", distances, heads) : null,
                dbias = withBias ? p.Target(distances, heads, accumulate) : null;
            var drop = new AttentionDropout(dropout, 3);
            p.Executor.Attend(qkv, sequences, heads, pattern, bias, y, sums, drop);
            Tensor dqkv = p.Unspecified(rows, 3 * width);
            p.Executor.AttendBackward(qkv, sequences, heads, pattern, bias, y, sums, p.Input("dy", rows, width), dqkv, dbias, accumulate,
                drop);
            p.Result("y", y);
            p.Result("log Σ exp", sums);
            p.Result("d qkv", dqkv);
            if (dbias is Tensor gradient && pattern != default) // where a query sees itself alone it is 0, but for rounding
                p.Result("d bias", gradient);
        });
}
