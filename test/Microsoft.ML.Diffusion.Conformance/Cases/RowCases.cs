using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Rows that are looked up in tables, gathered, pooled and added.</summary>
internal static class RowCases
{
    private static readonly int[] s_widths = [1, 3, 16, 33];

    public static ConformanceCase[] All { get; } =
    [
        new("rows: embeddings are the table's rows, by their formula", EmbedFormula),
        new("rows: embeddings and their backward", e => Embed(e, isFrozen: false)),
        new("rows: embeddings of a frozen table", e => Embed(e, isFrozen: true)),
        new("rows: positions and one row for all, by their formula", PositionsFormula),
        new("rows: positions from an offset on and their backward", Positions),
        new("rows: one row for all and its backward", Row),
        new("rows: gathered rows, by their formula", GatherFormula),
        new("rows: gathered rows, some more than once, and their backward", e => Gather(e, accumulate: false)),
        new("rows: gathered rows, backward, added to", e => Gather(e, accumulate: true)),
        new("rows: first rows of sequences, by their formula", FirstRowsFormula),
        new("rows: first rows and their backward", e => FirstRows(e, accumulate: false)),
        new("rows: first rows, backward, added to", e => FirstRows(e, accumulate: true)),
        new("rows: means of sequences, by their formula", MeanRowsFormula),
        new("rows: means and their backward", e => MeanRows(e, accumulate: false)),
        new("rows: means, backward, added to", e => MeanRows(e, accumulate: true)),
        new("rows: sums, by their formula", AddFormula),
        new("rows: copied, and added to", Copy),
    ];

    private static void EmbedFormula(EngineUnderTest e)
    {
        float[] words = Numbers.Normal(5 * 3, "words"), kinds = Numbers.Normal(2 * 3, "kinds");
        Parameter table = e.Parameter("words", 5, 3, words);
        Tensor y = e.Inference.Embed(table, [4, 0, 4, 2]);
        double[] expected = Formulas.Rows(words, 3, [4, 0, 4, 2]), added = Formulas.Rows(kinds, 3, [1, 0, 0, 1]);
        e.AssertFormula(expected, y, "looked up");
        e.Inference.AddEmbedding(y, e.Parameter("kinds", 2, 3, kinds), [1, 0, 0, 1]);
        e.AssertFormula([.. expected.Zip(added, (a, b) => a + b)], y, "added");
    }

    private static void Embed(EngineUnderTest e, bool isFrozen)
    {
        foreach (int width in s_widths)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                e.AssertPrimitive($"width {width}, accumulate: {accumulate}", p =>
                {
                    Parameter table = p.Parameter("table", 7, width, isFrozen: isFrozen);
                    Indices indices = p.Indices("indices", 13, 7);
                    Tensor y = p.Target(13, width, accumulate);
                    p.Executor.Embed(indices, table, y, accumulate);
                    p.Executor.EmbedBackward(indices, table, p.Input("dy", 13, width));
                    p.Result("y", y);
                });
            }
        }
    }

    private static void PositionsFormula(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(15, "x"), positions = Numbers.Normal(15, "positions"), kinds = Numbers.Normal(6, "kinds");
        Tensor y = e.Inference.Write(5, 3, x);
        e.Inference.AddPositions(y, e.Parameter("positions", 5, 3, positions), e.Inference.SequencesOf([0, 3, 3, 5]), 2);
        double[] expected = [.. Formulas.Rows(positions, 3, [2, 3, 4, 2, 3]).Select((value, i) => value + x[i])];
        e.AssertFormula(expected, y, "positions");
        e.Inference.AddRow(y, e.Parameter("kinds", 2, 3, kinds), 1);
        e.AssertFormula([.. expected.Select((value, i) => value + kinds[3 + i % 3])], y, "one row for all");
    }

    private static void Positions(EngineUnderTest e)
    {
        foreach (int width in s_widths)
        {
            foreach (int offset in (int[])[0, 2])
            {
                e.AssertPrimitive($"width {width}, offset {offset}", p =>
                {
                    Sequences sequences = p.Sequences(4, 0, 1, 9);
                    Parameter table = p.Parameter("table", offset + 9, width);
                    Tensor y = p.Input("y", 14, width);
                    p.Executor.AddPositions(y, table, sequences, offset);
                    p.Executor.AddPositionsBackward(p.Input("dy", 14, width), table, sequences, offset);
                    p.Result("y", y);
                });
            }
        }
    }

    private static void Row(EngineUnderTest e)
    {
        foreach (int width in s_widths)
        {
            e.AssertPrimitive($"width {width}", p =>
            {
                Parameter table = p.Parameter("table", 3, width), frozen = p.Parameter("frozen", 3, width, isFrozen: true);
                Tensor y = p.Input("y", 20, width), dy = p.Input("dy", 20, width);
                p.Executor.AddRow(y, table, 2);
                p.Executor.AddRow(y, frozen, 1);
                p.Executor.AddRowBackward(dy, table, 2);
                p.Executor.AddRowBackward(dy, frozen, 1);
                p.Result("y", y);
            });
        }
    }

    private static void GatherFormula(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(5 * 3, "x");
        e.AssertFormula(Formulas.Rows(x, 3, [4, 1, 4, 0]), e.Inference.Gather(e.Inference.Write(5, 3, x), [4, 1, 4, 0]), "rows");
    }

    private static void Gather(EngineUnderTest e, bool accumulate)
    {
        foreach (int width in s_widths)
        {
            e.AssertPrimitive($"width {width}", p =>
            {
                Indices rows = p.Indices("rows", 20, 9);
                Tensor y = p.Unspecified(20, width), dx = p.Target(9, width, accumulate);
                p.Executor.Gather(p.Input("x", 9, width), rows, y);
                p.Executor.GatherBackward(p.Input("dy", 20, width), rows, dx, accumulate);
                p.Result("y", y);
                p.Result("d x", dx);
            });
        }
    }

    private static void FirstRowsFormula(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(5 * 3, "x");
        e.AssertFormula(Formulas.Rows(x, 3, [0, 2]), e.Inference.FirstRows(e.Inference.Write(5, 3, x), e.Inference.SequencesOf([0, 2, 5])),
            "rows");
    }

    private static void FirstRows(EngineUnderTest e, bool accumulate)
    {
        foreach (int width in s_widths)
        {
            e.AssertPrimitive($"width {width}", p =>
            {
                Sequences sequences = p.Sequences(1, 7, 3);
                Tensor y = p.Unspecified(3, width), dx = p.Target(11, width, accumulate);
                p.Executor.FirstRows(p.Input("x", 11, width), sequences, y);
                p.Executor.FirstRowsBackward(p.Input("dy", 3, width), sequences, dx, accumulate);
                p.Result("y", y);
                p.Result("d x", dx);
            });
        }
    }

    private static void MeanRowsFormula(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(4 * 3, "x");
        double[] means = [.. Enumerable.Range(0, 3).Select(i => ((double)x[i] + x[3 + i] + x[6 + i]) / 3)];
        e.AssertFormula([.. means, .. Formulas.Rows(x, 3, [3])],
            e.Inference.MeanRows(e.Inference.Write(4, 3, x), e.Inference.SequencesOf([0, 3, 4])), "means");
    }

    private static void MeanRows(EngineUnderTest e, bool accumulate)
    {
        foreach (int width in s_widths)
        {
            e.AssertPrimitive($"width {width}", p =>
            {
                Sequences sequences = p.Sequences(1, 70, 3);
                Tensor y = p.Unspecified(3, width), dx = p.Target(74, width, accumulate);
                p.Executor.MeanRows(p.Input("x", 74, width), sequences, y);
                p.Executor.MeanRowsBackward(p.Input("dy", 3, width), sequences, dx, accumulate);
                p.Result("y", y);
                p.Result("d x", dx);
            });
        }
    }

    private static void AddFormula(EngineUnderTest e)
    {
        float[] a = Numbers.Normal(35, "a"), b = Numbers.Normal(35, "b");
        Tensor left = e.Inference.Write(5, 7, a);
        e.AssertFormula([.. a.Zip(b, (x, y) => (double)x + y)], e.Inference.Add(left, e.Inference.Write(5, 7, b)), "two");
        e.AssertFormula([.. a.Select(x => 2.0 * x)], e.Inference.Add(left, left), "one with itself");
    }

    private static void Copy(EngineUnderTest e)
    {
        foreach (int width in s_widths)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                e.AssertPrimitive($"width {width}, accumulate: {accumulate}", p =>
                {
                    Tensor y = p.Target(11, width, accumulate);
                    p.Executor.Copy(p.Input("x", 11, width), y, accumulate);
                    p.Result("y", y);
                });
            }
        }
    }
}
