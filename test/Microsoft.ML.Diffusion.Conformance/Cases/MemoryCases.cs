using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>An executor's memory: tensors, what is released and kept, and that it does not grow.</summary>
internal static class MemoryCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("memory: a tensor holds what is written, which may change after", Written),
        new("memory: a view shares the rows of its tensor", Views),
        new("memory: handles of living tensors differ and are small", Handles),
        new("memory: indices, sequences and losses may change after, and stay through a release", Stay),
        new("memory: kept tensors are not overwritten", Kept),
        new("memory: a mark serves again, and voids those after it", Marks),
        new("memory: what was made before a mark may be kept and keeps its handle", MadeBefore),
        new("memory: a view may be kept", KeptView),
        new("memory: it does not grow from run to run", DoesNotGrow),
        new("memory: what is released is used again", UsedAgain),
        new("memory: primitives read and write views", PrimitivesOnViews),
        new("memory: executors of one engine do not meet", TwoExecutors),
        new("memory: several threads compute on one engine, each on its own", SeveralThreads),
    ];

    private static void Written(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (3, 5), (33, 17), (0, 4)])
        {
            float[] values = Numbers.Normal(rows * columns, "x"), changed = [.. values];
            Tensor x = executor.Allocate(rows, columns);
            Assert.AreEqual((rows, columns), (x.Rows, x.Columns));
            executor.Write(x, changed);
            Array.Fill(changed, 7);
            e.AssertHeld(values, Read(executor, x), $"{rows} × {columns}");
        }
    }

    private static void Views(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        float[] values = Numbers.Normal(7 * 5, "x"), part = Numbers.Normal(2 * 5, "part");
        Tensor x = executor.Allocate(7, 5), rows = executor.View(x, 2, 4), inner = executor.View(rows, 1, 2), none = executor.View(x, 7, 0);
        executor.Write(x, values);
        e.AssertHeld(values.AsSpan(10, 20), Read(executor, rows), "rows 2 to 5");
        e.AssertHeld(values.AsSpan(15, 10), Read(executor, inner), "a view of the view");
        Assert.IsEmpty(Read(executor, none));
        executor.Write(inner, part);
        part.CopyTo(values.AsSpan(15));
        e.AssertHeld(values, Read(executor, x), "written through a view");
    }

    private static void Handles(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        for (int run = 0; run < 50; run++)
        {
            executor.Reset();
            HashSet<int> seen = [];
            for (int i = 0; i < 10; i++)
            {
                ArenaMark mark = executor.Mark();
                Tensor kept = executor.Allocate(2, 3);
                executor.Allocate(1, 1);
                executor.Release(mark, new Span<Tensor>(ref kept));
                Assert.IsTrue(seen.Add(kept.Index), "two tensors have one name");
                Assert.IsTrue(kept.Index is >= 0 and < 1000, $"{kept.Index} is not small");
            }
        }
    }

    private static void Stay(EngineUnderTest e)
    {
        int[] rows = [3, 0, 3], bounds = [0, 2, 5];
        float[] x = Numbers.Normal(15, "x"), w = Numbers.Normal(12, "w");
        Parameter weight = e.Parameter("w", 4, 3, w);
        e.Inference.Begin();
        Tensor input = e.Inference.Write(5, 3, x);
        Indices picked = e.Inference.IndicesOf(rows);
        Sequences sequences = e.Inference.SequencesOf(bounds);
        Array.Clear(rows);
        Array.Clear(bounds);
        ArenaMark mark = e.Inference.Mark();
        Loss loss = e.Inference.LinearCrossEntropy(e.Inference.Gather(input, picked), weight, null, [1, 2, 3], [1, 1, 1]);
        Tensor kept = e.Inference.Keep(mark, e.Inference.Gather(input, picked));
        Indices later = e.Inference.IndicesOf([1]);
        Loss other = e.Inference.LinearCrossEntropy(e.Inference.Gather(input, later), weight, null, [0], [1]);
        double[] expected = Formulas.Rows(x, 3, [3, 0, 3]);
        e.AssertFormula(expected, kept, "what was kept");
        e.AssertFormula(expected, e.Inference.Gather(input, picked), "gathered after the release");
        e.AssertFormula(Formulas.Rows(x, 3, [0, 2]), e.Inference.FirstRows(input, sequences), "first rows after the release");
        double[] logits = Formulas.Linear(Array.ConvertAll(expected, value => (float)value), w, null, 3);
        double lossOfAll = Formulas.CrossEntropy(logits, [1, 2, 3], [1, 1, 1], 0);
        Assert.AreEqual(Formulas.CrossEntropy(Formulas.Linear(x[3..6], w, null, 3), [0], [1], 0), e.Inference.Read(other),
            4 * e.Tolerances.Loss);
        Assert.AreEqual(lossOfAll, e.Inference.Read(loss), e.Tolerances.Loss * lossOfAll);
    }

    private static void Kept(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        Filled(executor, 4, 10, 0);
        ArenaMark mark = executor.Mark();
        for (int round = 1; round < 40; round++)
        {
            Filled(executor, 3 + round % 5, 31, -1);
            Tensor first = Filled(executor, 4, 10 + round, round);
            Filled(executor, 2, 7, -2);
            Tensor second = Filled(executor, 1 + round % 3, 5, -round);
            Span<Tensor> keep = [first, second];
            executor.Release(mark, keep);
            Assert.AreEqual((first.Rows, first.Columns), (keep[0].Rows, keep[0].Columns));
            for (int i = 0; i < 5; i++)
                Filled(executor, 1 + i * round % 7, 40, -3);
            AssertAll(executor, keep[0], round);
            AssertAll(executor, keep[1], -round);
        }
    }

    private static void Marks(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        Tensor bottom = Filled(executor, 3, 3, 1);
        ArenaMark outer = executor.Mark();
        Tensor middle = Filled(executor, 5, 3, 2);
        for (int round = 0; round < 3; round++)
        {
            ArenaMark inner = executor.Mark();
            Filled(executor, 9, 9, -1);
            Tensor top = Filled(executor, 2, 3, 3);
            executor.Release(inner, new Span<Tensor>(ref top));
            Filled(executor, 20, 9, -2);
            AssertAll(executor, top, 3);
            AssertAll(executor, middle, 2);
            executor.Release(outer, new Span<Tensor>(ref middle));
            Filled(executor, 20, 9, -3);
            AssertAll(executor, middle, 2);
        }
        executor.Release(outer, []);
        Filled(executor, 40, 9, -4);
        AssertAll(executor, bottom, 1);
    }

    private static void MadeBefore(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        Tensor before = Filled(executor, 3, 3, 1);
        ArenaMark mark = executor.Mark();
        Tensor after = Filled(executor, 5, 3, 2);
        Span<Tensor> keep = [before, after];
        executor.Release(mark, keep);
        Assert.AreEqual(before, keep[0]);
        Filled(executor, 20, 9, -1);
        AssertAll(executor, keep[0], 1);
        AssertAll(executor, keep[1], 2);
    }

    private static void KeptView(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        ArenaMark mark = executor.Mark();
        Tensor x = executor.Allocate(6, 4);
        float[] values = Numbers.Normal(24, "x");
        executor.Write(x, values);
        Tensor rows = executor.View(x, 2, 3);
        executor.Release(mark, new Span<Tensor>(ref rows));
        Filled(executor, 20, 9, -1);
        Filled(executor, 2, 4, -2);
        e.AssertHeld(values.AsSpan(8, 12), Read(executor, rows), "the rows");
    }

    private static void DoesNotGrow(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        long first = 0;
        for (int run = 0; run < 60; run++)
        {
            executor.Reset();
            for (int i = 1; i < 8; i++)
            {
                ArenaMark mark = executor.Mark();
                Tensor kept = Filled(executor, i, 16, i);
                Filled(executor, 10, 16, 0);
                executor.WriteIndices([1, 2, 3]);
                executor.WriteSequences([0, 4]);
                executor.Release(mark, new Span<Tensor>(ref kept));
            }
            if (run == 0)
                first = executor.PeakElements;
        }
        Assert.IsGreaterThanOrEqualTo(160, first);
        Assert.AreEqual(first, executor.PeakElements);
    }

    private static void UsedAgain(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        ArenaMark mark = executor.Mark();
        for (int round = 0; round < 100; round++)
        {
            executor.Allocate(100, 16);
            executor.Release(mark, []);
        }
        Assert.IsLessThan(2 * 1600 + 1, executor.PeakElements);
    }

    private static void TwoExecutors(EngineUnderTest e)
    {
        using Executor one = e.Engine.CreateExecutor(), other = e.Engine.CreateExecutor();
        Tensor a = Filled(one, 3, 3, 1), b = Filled(other, 3, 3, 2);
        one.Reset();
        Tensor c = Filled(one, 3, 3, 3);
        AssertAll(other, b, 2);
        AssertAll(one, c, 3);
        Assert.AreEqual(a.Rows, c.Rows);
    }

    private static void PrimitivesOnViews(EngineUnderTest e) => e.AssertPrimitive("rows 2 to 6 of 9", p =>
    {
        Tensor x = p.Input("x", 9, 24), y = p.Input("y", 9, 8), z = p.Input("z", 9, 4), normalized = p.Input("normalized", 7, 8);
        Tensor statistics = p.Unspecified(5, 2);
        Tensor input = p.Executor.View(x, 2, 5), output = p.Executor.View(y, 2, 5), narrow = p.Executor.View(z, 2, 5);
        Sequences sequences = p.Sequences(3, 2);
        p.Executor.Rotate(input, sequences, 2, 100, inverse: false);
        p.Executor.Attend(input, sequences, 2, AttentionPattern.Full, null, output, null, default);
        p.Executor.AddLayerNorm(output, null, p.Parameter("norm", 1, 8), null, .01, output, p.Executor.View(normalized, 1, 5), statistics);
        p.Executor.Linear(output, p.Parameter("w", 4, 8), null, Activation.Gelu, narrow);
        p.Executor.Embed(p.Indices("ids", 5, 3), p.Parameter("table", 3, 8), output, accumulate: true);
        p.Result("x", x);
        p.Result("y", y);
        p.Result("z", z);
        p.Result("normalized", normalized);
    });

    private static void SeveralThreads(EngineUnderTest e)
    {
        Dictionary<string, float[]>[] results = new Dictionary<string, float[]>[4];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length }, i =>
        {
            using GraphRun run = new(Graphs.Encoder(2, 4, 1, 7, 3), e.Engine);
            for (int round = 0; round < 3; round++)
                results[i] = run.Results();
        });
        foreach (Dictionary<string, float[]> other in results[1..])
        {
            foreach ((string name, float[] values) in results[0])
                Comparison.AssertClose(values, other[name], e.Tolerances.RepeatsBitForBit ? 0 : e.Tolerances.ModelGradient, name);
        }
    }

    private static Tensor Filled(Executor executor, int rows, int columns, float value)
    {
        Tensor tensor = executor.Allocate(rows, columns);
        executor.Write(tensor, [.. Enumerable.Repeat(value, rows * columns)]);
        return tensor;
    }

    private static float[] Read(Executor executor, Tensor tensor)
    {
        float[] values = new float[tensor.Rows * tensor.Columns];
        executor.Read(tensor, values);
        return values;
    }

    private static void AssertAll(Executor executor, Tensor tensor, float value) =>
        Assert.IsTrue(Array.TrueForAll(Read(executor, tensor), element => element == value), $"A tensor of {value} has other elements.");
}
