using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Memory of the engine: buffers, and the values of parameters.</summary>
internal static class BufferCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("buffer: it is zero at first, and holds what is written", WhatIsWritten),
        new("buffer: parts are written and read where they stand", Parts),
        new("buffer: it is copied and cleared whole", CopiedAndCleared),
        new("buffer: what lies outside is refused", Outside),
        new("buffer: disposing twice does nothing", DisposedTwice),
        new("parameter: values are zero at first, written and read by part", Values),
        new("parameter: values are set to those of a buffer", ValuesOfABuffer),
        new("parameter: what lies outside is refused, plain and packed", OutsideAParameter),
        new("parameter: without values nothing is written or read", WithoutValues),
    ];

    private static void WhatIsWritten(EngineUnderTest e)
    {
        foreach (int length in (int[])[1, 3, 17, 4097])
        {
            using DeviceBuffer buffer = e.Engine.CreateBuffer(length);
            Assert.AreEqual(length, buffer.Length);
            CollectionAssert.AreEqual(new float[length], e.Read(buffer));
            float[] values = Numbers.Normal(length, "values");
            e.Engine.Write(buffer, 0, values);
            float[] written = [.. values];
            values[0] = 77; // it was copied
            Comparison.AssertSameBits(written, e.Read(buffer), $"{length} elements");
        }
    }

    private static void Parts(EngineUnderTest e)
    {
        using DeviceBuffer buffer = e.Engine.CreateBuffer(9);
        e.Engine.Write(buffer, 2, [1, 2, 3, 4]);
        e.Engine.Write(buffer, 8, [5]);
        e.Engine.Write(buffer, 4, [-3]);
        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 2, -3, 4, 0, 0, 5 }, e.Read(buffer));
        float[] part = new float[3];
        e.Engine.Read(buffer, 3, part);
        CollectionAssert.AreEqual(new float[] { 2, -3, 4 }, part);
        e.Engine.Write(buffer, 9, []);
        e.Engine.Read(buffer, 9, []);
    }

    private static void CopiedAndCleared(EngineUnderTest e)
    {
        float[] values = Numbers.Normal(1003, "values");
        using DeviceBuffer from = e.Engine.CreateBuffer(1003), to = e.Engine.CreateBuffer(1003);
        e.Engine.Write(from, 0, values);
        e.Engine.Copy(from, to);
        e.Engine.Clear(from);
        Comparison.AssertSameBits(values, e.Read(to), "the copy");
        CollectionAssert.AreEqual(new float[1003], e.Read(from));
    }

    private static void Outside(EngineUnderTest e)
    {
        using DeviceBuffer buffer = e.Engine.CreateBuffer(4);
        foreach ((long offset, int length) in ((long, int)[])[(-1, 1), (0, 5), (4, 1), (3, 2), (long.MaxValue, 1)])
        {
            float[] values = new float[length];
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => e.Engine.Write(buffer, offset, values), $"at {offset}, {length}");
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => e.Engine.Read(buffer, offset, values), $"at {offset}, {length}");
        }
        CollectionAssert.AreEqual(new float[4], e.Read(buffer));
    }

    private static void DisposedTwice(EngineUnderTest e)
    {
        DeviceBuffer buffer = e.Engine.CreateBuffer(5);
        Executor executor = e.Engine.CreateExecutor();
        Parameter parameter = e.Learning("w", 2, 3, averages: true);
        for (int i = 0; i < 2; i++)
        {
            buffer.Dispose();
            executor.Dispose();
            parameter.Dispose();
        }
    }

    private static void Values(EngineUnderTest e)
    {
        using var parameter = new Parameter("w", 3, 5);
        e.Engine.CreateValues(parameter);
        Assert.AreEqual(15, parameter.Value!.Length);
        CollectionAssert.AreEqual(new float[15], e.Read(parameter));
        float[] values = Numbers.Normal(15, "values");
        e.Engine.Write(parameter, 0, values.AsSpan(0, 7));
        e.Engine.Write(parameter, 7, values.AsSpan(7));
        Comparison.AssertSameBits(values, e.Read(parameter), "all");
        float[] part = new float[4];
        e.Engine.Read(parameter, 9, part);
        Comparison.AssertSameBits(values.AsSpan(9, 4), part, "a part");
        e.Engine.CreateValues(parameter);
        CollectionAssert.AreEqual(new float[15], e.Read(parameter), "made anew");
    }

    private static void ValuesOfABuffer(EngineUnderTest e)
    {
        Parameter parameter = e.Parameter("w", 3, 5, Numbers.Normal(15, "old"));
        using DeviceBuffer buffer = e.Engine.CreateBuffer(15);
        float[] values = Numbers.Normal(15, "new");
        e.Engine.Write(buffer, 0, values);
        e.Engine.CopyValues(buffer, parameter);
        Comparison.AssertSameBits(values, e.Read(parameter), "the parameter");
    }

    private static void OutsideAParameter(EngineUnderTest e)
    {
        Parameter parameter = e.Parameter("w", 2, 3, Numbers.Normal(6, "w"));
        AssertOutside();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => e.Engine.Write(parameter, 5, [1, 2]));
        e.Engine.Pack(parameter);
        AssertOutside();

        void AssertOutside()
        {
            foreach ((long start, int length) in ((long, int)[])[(-1, 1), (0, 7), (6, 1), (5, 2), (long.MaxValue, 1)])
            {
                float[] values = new float[length];
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => e.Engine.Read(parameter, start, values), $"at {start}, {length}");
            }
        }
    }

    private static void WithoutValues(EngineUnderTest e)
    {
        using var bare = new Parameter("bare", 2, 2);
        using DeviceBuffer buffer = e.Engine.CreateBuffer(4);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => e.Engine.Write(bare, 0, [1])).Message,
            "'bare' has no plain values");
        Assert.ThrowsExactly<InvalidOperationException>(() => e.Engine.CopyValues(buffer, bare));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => e.Read(bare)).Message, "'bare' has no values");
    }
}
