using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Weights in the form that multiplication wants.</summary>
internal static class PackingCases
{
    private static readonly (int Rows, int Inputs, int Outputs)[] s_shapes = [(1, 1, 1), (7, 5, 35), (2, 33, 16), (13, 17, 70)];

    public static ConformanceCase[] All { get; } =
    [
        new("packed: products are those of the plain weight", Products),
        new("packed: losses are those of the plain weight", Losses),
        new("packed: rows of a tied decoder are looked up", LookedUp),
        new("packed: values are read, and come back as they were", ComeBack),
        new("packed: what is packed twice, and unpacked twice, is the same", Twice),
    ];

    private static void Products(EngineUnderTest e)
    {
        foreach ((int rows, int inputs, int outputs) in s_shapes)
        {
            Parameter weight = Weight(e, outputs, inputs), bias = e.Parameter("b", 1, outputs, Numbers.Normal(outputs, "b"));
            float[] plain = Multiply(), packed;
            e.Engine.Pack(weight);
            packed = Multiply();
            AssertSame(e, plain, packed, $"{rows} × {inputs} → {outputs}");

            float[] Multiply()
            {
                e.Inference.Begin();
                Tensor x = e.Inference.Write(rows, inputs, Numbers.Normal(rows * inputs, "x"));
                return e.Read(e.Inference.Linear(x, weight, bias, Activation.Gelu));
            }
        }
    }

    private static void Losses(EngineUnderTest e)
    {
        Parameter weight = Weight(e, 40, 9);
        float plain = Loss();
        e.Engine.Pack(weight);
        AssertSame(e, [plain], [Loss()], "the loss");

        float Loss()
        {
            e.Inference.Begin();
            Tensor x = e.Inference.Write(5, 9, Numbers.Normal(45, "x"));
            return (float)e.Inference.Read(e.Inference.LinearCrossEntropy(x, weight, null, Numbers.Integers(5, 40, "targets"),
                Numbers.Normal(5, "weights"), .1));
        }
    }

    private static void LookedUp(EngineUnderTest e)
    {
        Parameter table = Weight(e, 35, 6), positions = Weight(e, 35, 6);
        float[] plain = Look();
        e.Engine.Pack(table);
        e.Engine.Pack(positions);
        AssertSame(e, plain, Look(), "rows");

        float[] Look()
        {
            e.Inference.Begin();
            Tensor y = e.Inference.Embed(table, [34, 0, 34, 16, 15]);
            e.Inference.AddEmbedding(y, table, [1, 2, 3, 4, 32]);
            e.Inference.AddPositions(y, positions, e.Inference.SequencesOf([0, 3, 5]), 31);
            e.Inference.AddRow(y, positions, 33);
            return e.Read(y);
        }
    }

    private static void ComeBack(EngineUnderTest e)
    {
        foreach ((_, int inputs, int outputs) in s_shapes)
        {
            float[] values = Numbers.Normal(outputs * inputs, "w");
            Parameter weight = Weight(e, outputs, inputs);
            e.Engine.Pack(weight);
            AssertSame(e, values, e.Read(weight), "read while packed");
            if (values.Length > 3)
            {
                float[] part = new float[values.Length - 3];
                e.Engine.Read(weight, 2, part);
                AssertSame(e, values[2..^1], part, "a part, read while packed");
            }
            e.Engine.Unpack(weight);
            Assert.IsNull(weight.Packed);
            AssertSame(e, values, e.Read(weight.Value), "unpacked");
        }
    }

    private static void Twice(EngineUnderTest e)
    {
        Parameter weight = Weight(e, 5, 7);
        float[] values = e.Read(weight);
        e.Engine.Unpack(weight);
        for (int i = 0; i < 2; i++)
        {
            e.Engine.Pack(weight);
            AssertSame(e, values, e.Read(weight), "packed");
            e.Engine.Unpack(weight);
            e.Engine.Unpack(weight);
            AssertSame(e, values, e.Read(weight.Value), "unpacked");
        }
    }

    private static void AssertSame(EngineUnderTest e, float[] plain, float[] packed, string what) =>
        EngineUnderTest.AssertSame(plain, packed, e.Tolerances.PacksBitForBit, e.Tolerances.Forward, what);

    private static Parameter Weight(EngineUnderTest e, int rows, int columns) =>
        e.Parameter("w", rows, columns, Numbers.Normal(rows * columns, "w"));
}
