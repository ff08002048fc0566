using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>No rows, and no sequences: every primitive has them, and parameters' gradients stay as they are.</summary>
internal static class EdgeCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("no rows: embeddings, positions, one row for all", Embeddings),
        new("no rows: linear layers", Linear),
        new("no rows: layer norm", Norm),
        new("no rows: activations, gates, dropout, copies", Elements),
        new("no rows: rotary positions and attention, of no sequence and of empty ones", Attention),
        new("no rows: gathered, first and mean rows", Gathered),
        new("no rows: cross-entropy is 0", CrossEntropy),
        new("no rows: a graph gives no loss and no gradient", Graph),
        new("empty sequences: they stand between others and change nothing", Between),
    ];

    private static void Embeddings(EngineUnderTest e)
    {
        foreach (bool accumulate in (bool[])[false, true])
        {
            e.AssertPrimitive("of none", p =>
            {
                Parameter table = p.Parameter("table", 3, 5);
                Indices none = p.Executor.WriteIndices([]);
                foreach (Sequences sequences in (Sequences[])[p.Sequences(), p.Sequences(0, 0)])
                {
                    Tensor y = p.Unspecified(0, 5);
                    p.Executor.Embed(none, table, y, accumulate);
                    p.Executor.AddPositions(y, table, sequences, 1);
                    p.Executor.AddRow(y, table, 2);
                    p.Executor.AddRowBackward(y, table, 2);
                    p.Executor.AddPositionsBackward(y, table, sequences, 1);
                    p.Executor.EmbedBackward(none, table, y);
                }
            });
        }
    }

    private static void Linear(EngineUnderTest e) => e.AssertPrimitive("of none", p =>
    {
        Parameter weight = p.Parameter("w", 9, 5), bias = p.Parameter("b", 1, 9);
        Tensor x = p.Unspecified(0, 5), y = p.Unspecified(0, 9), dx = p.Unspecified(0, 5);
        foreach (Activation activation in Enum.GetValues<Activation>())
            p.Executor.Linear(x, weight, bias, activation, y);
        p.Executor.LinearBackward(x, weight, bias, y, dx, accumulate: false);
        p.Executor.LinearBackward(x, weight, bias, y, dx, accumulate: true);
        p.Executor.LinearBackward(x, weight, bias, y, null, accumulate: false);
    });

    private static void Norm(EngineUnderTest e) => e.AssertPrimitive("of none", p =>
    {
        Parameter weight = p.Parameter("w", 1, 5), bias = p.Parameter("b", 1, 5);
        Tensor x = p.Unspecified(0, 5), y = p.Unspecified(0, 5), statistics = p.Unspecified(0, 2), other = p.Unspecified(0, 5);
        p.Executor.AddLayerNorm(x, null, weight, bias, .01, x, y, statistics);
        p.Executor.AddLayerNorm(x, y, weight, bias, .01, other, y, statistics);
        p.Executor.LayerNormBackward(x, weight, bias, statistics, y, other, accumulate: false);
        p.Executor.LayerNormBackward(x, weight, bias, statistics, y, other, accumulate: true);
    });

    private static void Elements(EngineUnderTest e) => e.AssertPrimitive("of none", p =>
    {
        Tensor x = p.Unspecified(0, 10), y = p.Unspecified(0, 10), half = p.Unspecified(0, 5);
        foreach (bool accumulate in (bool[])[false, true])
        {
            p.Executor.Activate(x, Activation.Gelu, y);
            p.Executor.ActivateBackward(x, Activation.Gelu, y, y, accumulate);
            p.Executor.Gate(x, Activation.Silu, half);
            p.Executor.GateBackward(x, Activation.Silu, half, y, accumulate);
            p.Executor.Dropout(x, .3, 5, y, accumulate);
            p.Executor.Copy(x, y, accumulate);
        }
        p.Result("y", y);
    });

    private static void Attention(EngineUnderTest e) => e.AssertPrimitive("of none", p =>
    {
        foreach (Sequences sequences in (Sequences[])[p.Sequences(), p.Sequences(0), p.Sequences(0, 0, 0)])
        {
            Tensor qkv = p.Unspecified(0, 24), y = p.Unspecified(0, 8), sums = p.Unspecified(0, 2), bias = p.Unspecified(0, 2);
            p.Executor.Rotate(qkv, sequences, 2, 100, inverse: false);
            foreach (AttentionPattern pattern in (AttentionPattern[])[AttentionPattern.Full, AttentionPattern.Causal, new(1, 1)])
            {
                foreach (Tensor? added in (Tensor?[])[null, bias])
                {
                    var dropout = new AttentionDropout(.2, 5);
                    p.Executor.Attend(qkv, sequences, 2, pattern, added, y, null, dropout);
                    p.Executor.Attend(qkv, sequences, 2, pattern, added, y, sums, default);
                    p.Executor.AttendBackward(qkv, sequences, 2, pattern, added, y, sums, y, qkv, added, accumulate: false, dropout);
                }
            }
        }
    });

    private static void Gathered(EngineUnderTest e)
    {
        foreach (bool accumulate in (bool[])[false, true])
        {
            e.AssertPrimitive($"accumulate: {accumulate}", p =>
            {
                // Of some rows none is picked: their gradient is zero, or stays.
                Tensor x = p.Input("x", 4, 5), none = p.Unspecified(0, 5), dx = p.Target(4, 5, accumulate);
                Indices indices = p.Executor.WriteIndices([]);
                p.Executor.Gather(x, indices, none);
                p.Executor.GatherBackward(none, indices, dx, accumulate);
                p.Result("d x", dx);
                Sequences sequences = p.Sequences();
                p.Executor.FirstRows(none, sequences, none);
                p.Executor.FirstRowsBackward(none, sequences, none, accumulate);
                p.Executor.MeanRows(none, sequences, none);
                p.Executor.MeanRowsBackward(none, sequences, none, accumulate);
            });
        }
    }

    private static void CrossEntropy(EngineUnderTest e) => e.AssertPrimitive("of none", p =>
    {
        Parameter weight = p.Parameter("w", 9, 5), bias = p.Parameter("b", 1, 9);
        Tensor x = p.Unspecified(0, 5), weights = p.Unspecified(0, 1), dx = p.Unspecified(0, 5);
        p.Result("loss", p.Executor.LinearCrossEntropy(x, weight, bias, p.Executor.WriteIndices([]), weights, dx, .1));
        p.Result("loss alone", p.Executor.LinearCrossEntropy(x, weight, bias, p.Executor.WriteIndices([]), weights, null, 0));
    });

    private static void Graph(EngineUnderTest e)
    {
        using GraphRun run = new(g =>
        {
            Tensor x = g.Input("x", 4, 3);
            g.Loss("none",
                g.Pass.Linear(g.Pass.Gather(x, Array.Empty<int>()), g.Parameter("w", 5, 3), g.Parameter("b", 1, 5), Activation.Gelu));
        }, e.Engine);
        foreach ((string name, float[] values) in run.Results())
            Assert.IsTrue(values.All(value => value == 0), name);
    }

    private static void Between(EngineUnderTest e)
    {
        float[] qkv = Numbers.Normal(9 * 24, "qkv"), positions = Numbers.Normal(5 * 24, "positions");
        Parameter table = e.Parameter("positions", 5, 24, positions);
        float[] plain = Run([0, 5, 9]), between = Run([0, 0, 5, 5, 5, 9, 9]);
        EngineUnderTest.AssertSame(plain, between, e.Tolerances.IsEqualInAnyBatch, e.Tolerances.Forward, "with empty sequences between");

        float[] Run(int[] bounds)
        {
            e.Inference.Begin();
            Tensor x = e.Inference.Write(9, 24, qkv);
            Sequences sequences = e.Inference.SequencesOf(bounds);
            e.Inference.AddPositions(x, table, sequences);
            e.Inference.Rotate(x, sequences, 2, 100);
            return e.Read(e.Inference.Attend(x, sequences, 2, AttentionPattern.Causal));
        }
    }
}
