using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>What does not fit is refused, whatever the engine, before the engine sees it.</summary>
internal static class RefusalCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("refused: an id or a row outside a table", OutsideATable),
        new("refused: a sequence that is longer than the table of positions", LongerThanTheTable),
        new("refused: bounds that are none", Bounds),
        new("refused: shapes that do not fit", Shapes),
        new("refused: biases and weights of norms of another length", Vectors),
        new("refused: heads that are none, and rates out of range", HeadsAndRates),
        new("refused: numbers of rows that do not fit", Counts),
        new("refused: targets, weights and smoothing out of range", CrossEntropy),
        new("refused: means and first rows of an empty sequence", EmptySequence),
        new("refused: values and space of another length", Lengths),
        new("refused: more of the greatest than there are", Greatest),
        new("refused: draws that are none", Draws),
        new("handles: they say what is behind them", Handles),
    ];

    private static void OutsideATable(EngineUnderTest e)
    {
        Parameter table = Table(e);
        Tensor y = e.Inference.Write(2, 6, new float[12]);
        foreach (int id in (int[])[-1, 4, int.MinValue, int.MaxValue])
        {
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Embed(table, [0, id]), "'table' has 4 rows");
            Refused<ArgumentOutOfRangeException>(() => e.Inference.AddEmbedding(y, table, [id, 0]), "'table' has 4 rows");
            Refused<ArgumentOutOfRangeException>(() => e.Inference.AddRow(y, table, id), "'table' has 4 rows");
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Gather(y, [0, id == 4 ? 2 : id]), "[0, 2)");
        }
        Refused<ArgumentOutOfRangeException>(() => e.Inference.View(y, 1, 2), "rows");
        Refused<ArgumentOutOfRangeException>(() => e.Inference.View(y, -1, 1), "firstRow");
    }

    private static void LongerThanTheTable(EngineUnderTest e)
    {
        Tensor y = e.Inference.Write(4, 6, new float[24]);
        Sequences four = e.Inference.SequencesOf([0, 4]);
        Refused<ArgumentOutOfRangeException>(() => e.Inference.AddPositions(y, Table(e), four, 1), "'table' has 4 rows");
        Refused<ArgumentOutOfRangeException>(() => e.Inference.AddPositions(y, Table(e), four, -1), "offset");
        e.Inference.AddPositions(y, Table(e), e.Inference.SequencesOf([0, 1, 4]), 1);
    }

    private static void Bounds(EngineUnderTest e)
    {
        Refused<ArgumentException>(() => e.Inference.SequencesOf([]), "begin with 0");
        Refused<ArgumentException>(() => e.Inference.SequencesOf([1, 2]), "begin with 0");
        Refused<ArgumentException>(() => e.Inference.SequencesOf([0, 3, 2]), "Sequence 1 would end at 2");
    }

    private static void Shapes(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]), other = e.Inference.Write(3, 5, new float[15]);
        Sequences three = e.Inference.SequencesOf([0, 3]);
        Refused<ArgumentException>(() => e.Inference.Linear(other, Table(e), null), "'table' is 4 × 6");
        Refused<ArgumentException>(() => e.Inference.Add(x, other), "equal shapes");
        Refused<ArgumentException>(() => e.Inference.AddLayerNorm(x, other, Table(e), null, 1e-5), "equal shapes");
        Refused<ArgumentException>(() => e.Inference.AddEmbedding(other, Table(e), [0, 1, 2]), "table has 6 columns");
        Refused<ArgumentException>(() => e.Inference.AddPositions(other, Table(e), three), "table has 6 columns");
        Refused<ArgumentException>(() => e.Inference.AddRow(other, Table(e), 0), "table has 6 columns");
        Refused<ArgumentException>(() => e.Inference.Gate(other, Activation.Gelu), "5 columns");
        Refused<ArgumentException>(() => e.Inference.Rotate(x, three, 2, 100), "even width");
        Refused<ArgumentException>(() => e.Inference.Attend(x, three, 4, AttentionPattern.Full), "4 heads");
        Refused<ArgumentException>(() => e.Inference.Attend(x, three, 2, AttentionPattern.Full, x), "expected 5 × 2");
        Refused<ArgumentOutOfRangeException>(() => e.Inference.Attend(x, three, 2, new AttentionPattern(-1, 0)), "pattern");
    }

    private static void Vectors(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Parameter five = e.Parameter("five", 1, 5, new float[5]), six = e.Parameter("six", 1, 6, new float[6]);
        Refused<ArgumentException>(() => e.Inference.Linear(x, Table(e), five), "'five' has 5 elements; expected 4");
        Refused<ArgumentException>(
            () => e.Inference.LinearCrossEntropy(x, Table(e), five, [0, 1, 2], [1, 1, 1]), "'five' has 5 elements; expected 4");
        Refused<ArgumentException>(() => e.Inference.LayerNorm(x, five, null, 1e-5), "'five' has 5 elements; expected 6");
        Refused<ArgumentException>(() => e.Inference.AddLayerNorm(x, x, six, five, 1e-5), "'five' has 5 elements; expected 6");
    }

    private static void HeadsAndRates(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Sequences three = e.Inference.SequencesOf([0, 3]);
        foreach (int heads in (int[])[0, -1])
        {
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Rotate(x, three, heads, 100), "heads");
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Attend(x, three, heads, AttentionPattern.Full), "heads");
        }
        foreach (double rate in (double[])[-.1, 1, double.NaN])
        {
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Dropout(x, rate), "[0, 1)");
            Refused<ArgumentOutOfRangeException>(() => e.Inference.Attend(x, three, 2, AttentionPattern.Full, dropout: rate), "[0, 1)");
        }
    }

    private static void Counts(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Sequences four = e.Inference.SequencesOf([0, 4]);
        Refused<ArgumentException>(() => e.Inference.AddEmbedding(x, Table(e), [0, 1]), "2 indices");
        Refused<ArgumentException>(() => e.Inference.AddPositions(x, Table(e), four), "sequences have 4 rows");
        Refused<ArgumentException>(() => e.Inference.Rotate(x, four, 1, 100), "sequences have 4 rows");
        Refused<ArgumentException>(() => e.Inference.Attend(x, four, 2, AttentionPattern.Full), "sequences have 4 rows");
        Refused<ArgumentException>(() => e.Inference.FirstRows(x, four), "sequences have 4 rows");
        Refused<ArgumentException>(() => e.Inference.MeanRows(x, four), "sequences have 4 rows");
    }

    private static void CrossEntropy(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Refused<ArgumentOutOfRangeException>(() => e.Inference.LinearCrossEntropy(x, Table(e), null, [0, 1, 4], [1, 1, 1]), "[0, 4)");
        Refused<ArgumentOutOfRangeException>(() => e.Inference.LinearCrossEntropy(x, Table(e), null, [0, -1, 3], [1, 1, 1]), "[0, 4)");
        Refused<ArgumentException>(() => e.Inference.LinearCrossEntropy(x, Table(e), null, [0, 1], [1, 1, 1]), "2 targets");
        Refused<ArgumentException>(() => e.Inference.LinearCrossEntropy(x, Table(e), null, [0, 1, 2], [1, 1]), "weights");
        foreach (double smoothing in (double[])[-.1, 1, double.NaN])
            Refused<ArgumentOutOfRangeException>(
                () => e.Inference.LinearCrossEntropy(x, Table(e), null, [0, 1, 2], [1, 1, 1], smoothing), "[0, 1)");
    }

    private static void EmptySequence(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(4, 6, new float[24]);
        Sequences sequences = e.Inference.SequencesOf([0, 4, 4]);
        Refused<ArgumentException>(() => e.Inference.MeanRows(x, sequences), "Sequence 1 is empty and has no mean");
        Refused<ArgumentException>(() => e.Inference.FirstRows(x, sequences), "Sequence 1 is empty and has no first row");
    }

    private static void Lengths(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Refused<ArgumentException>(() => e.Inference.Read(x, new float[17]), "There are 17 values");
        Refused<ArgumentException>(() => e.Inference.Write(3, 6, new float[19]), "There are 19 values");
    }

    private static void Greatest(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(2, 3, new float[6]);
        Refused<ArgumentOutOfRangeException>(() => e.Inference.ReadTop(x, 0, new double[2], [], []), "1 to 3");
        Refused<ArgumentOutOfRangeException>(() => e.Inference.ReadTop(x, 4, new double[2], new float[8], new int[8]), "1 to 3");
        Refused<ArgumentException>(() => e.Inference.ReadTop(x, 2, new double[2], new float[4], new int[3]), "3 columns");
        Refused<ArgumentException>(() => e.Inference.ReadTop(x, 2, new double[1], new float[4], new int[4]), "1 sums");
    }

    private static void Draws(EngineUnderTest e)
    {
        Tensor x = e.Inference.Write(2, 3, new float[6]);
        Indices none = e.Inference.IndicesOf([]);
        var plain = new DrawSettings(1, 1, DrawScore.None);
        DrawRequest good = new(.5, 0, -1);
        foreach (double temperature in (double[])[-1, double.NaN, double.PositiveInfinity])
            Refused<ArgumentOutOfRangeException>(() => Draw(plain with { Temperature = temperature }, none, good), "temperature");
        foreach (double topP in (double[])[0, 1.01, double.NaN])
            Refused<ArgumentOutOfRangeException>(() => Draw(plain with { TopP = topP }, none, good), "(0, 1]");
        Refused<ArgumentOutOfRangeException>(() => Draw(plain with { Score = (DrawScore)9 }, none, good), "MaxProbability");
        foreach (int token in (int[])[-1, 3])
            Refused<ArgumentOutOfRangeException>(() => Draw(plain, e.Inference.IndicesOf([0, token]), good), "[0, 3)");
        foreach (double uniform in (double[])[0, 1, double.NaN])
            Refused<ArgumentOutOfRangeException>(() => Draw(plain, none, good with { Uniform = uniform }), "(0, 1)");
        Refused<ArgumentOutOfRangeException>(() => Draw(plain, none, good with { TopK = -1 }), "Top-k");
        foreach (int token in (int[])[-2, 3])
            Refused<ArgumentOutOfRangeException>(() => Draw(plain, none, good with { Banned = token }), "[0, 3), or −1");
        Refused<ArgumentException>(() => e.Inference.Draw(x, plain, none, [good], new DrawnToken[2]), "1 requests and space for 2");
        Refused<ArgumentException>(() => e.Inference.Draw(x, plain, none, [good, good], new DrawnToken[3]), "2 requests and space for 3");

        void Draw(DrawSettings settings, Indices banned, DrawRequest request) =>
            e.Inference.Draw(x, settings, banned, [good, request], new DrawnToken[2]);
    }

    private static void Handles(EngineUnderTest e)
    {
        Indices some = e.Inference.IndicesOf([7, -2, 0]), none = e.Inference.IndicesOf([]);
        Assert.AreEqual((3, -2, 7), (some.Count, some.Least, some.Greatest));
        Assert.AreEqual((0, 0, -1), (none.Count, none.Least, none.Greatest));
        Sequences sequences = e.Inference.SequencesOf([0, 2, 2, 7]), empty = e.Inference.SequencesOf([0]);
        Assert.AreEqual((3, 7, 5, 1), (sequences.Count, sequences.Rows, sequences.Longest, sequences.FirstEmpty));
        Assert.AreEqual((0, 0, 0, -1), (empty.Count, empty.Rows, empty.Longest, empty.FirstEmpty));
        Assert.AreEqual(sequences, e.Inference.SequencesOf([0, 2, 2, 7]), "equal bounds are written once a run");
        Assert.AreNotEqual(sequences, e.Inference.SequencesOf([0, 7]));
    }

    private static Parameter Table(EngineUnderTest e) => e.Parameter("table", 4, 6, new float[24]);

    private static void Refused<T>(Action action, string part) where T : Exception =>
        StringAssert.Contains(Assert.ThrowsExactly<T>(action).Message, part);

    private static void Refused<T>(Func<object?> action, string part) where T : Exception => Refused<T>(() => { _ = action(); }, part);
}
