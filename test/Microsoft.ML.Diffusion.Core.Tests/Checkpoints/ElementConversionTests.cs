using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class ElementConversionTests
{
    [TestMethod]
    [DataRow(ElementType.Float16)]
    [DataRow(ElementType.BFloat16)]
    public void Every_two_byte_value_widens_exactly_and_narrows_back(ElementType type)
    {
        ushort[] stored = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        float[] widened = new float[stored.Length];
        ElementConversion.Widen(MemoryMarshal.AsBytes<ushort>(stored), type, widened);
        ushort[] back = new ushort[stored.Length];
        ElementConversion.Narrow(widened, type, MemoryMarshal.AsBytes(back.AsSpan()));
        for (int bits = 0; bits < stored.Length; bits++)
        {
            float expected = type == ElementType.Float16 ? ScalarHalf((ushort)bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);
            if (float.IsNaN(expected))
            {
                Assert.IsTrue(float.IsNaN(widened[bits]), $"{bits:X4}");
                Assert.IsTrue(IsNaN(back[bits], type), $"{bits:X4} -> {back[bits]:X4}");
            }
            else
            {
                Assert.AreEqual(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(widened[bits]), $"{bits:X4}");
                Assert.AreEqual(stored[bits], back[bits], $"{bits:X4}");
            }
        }
    }

    [TestMethod]
    [DataRow(ElementType.Float16)]
    [DataRow(ElementType.BFloat16)]
    public void Narrowing_takes_the_nearest_and_on_a_tie_the_even(ElementType type)
    {
        var random = new Random(7);
        var values = new List<float>
        {
            0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 65504f,
            65519.996f, 65520f, 65536f, 5.9604645e-8f, 2.9802322e-8f, 2.9802326e-8f
        };
        for (int i = 0; i < 100_000; i++)
            values.Add(BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)));
        // Around every boundary of the target: the two-byte value, the tie above it, and the neighbors of the tie.
        for (int bits = 0; bits < 65536; bits += 3)
        {
            float low = Scalar((ushort)bits, type);
            float high = Scalar((ushort)(bits + 1), type);
            float tie = (float)(((double)low + high) / 2);
            values.AddRange([low, tie, MathF.BitIncrement(tie), MathF.BitDecrement(tie)]);
        }
        float[] source = [.. values];
        ushort[] narrowed = new ushort[source.Length];
        ElementConversion.Narrow(source, type, MemoryMarshal.AsBytes(narrowed.AsSpan()));
        for (int i = 0; i < source.Length; i++)
        {
            if (float.IsNaN(source[i]))
                Assert.IsTrue(IsNaN(narrowed[i], type), $"{source[i]:R}");
            else
                Assert.AreEqual(Nearest(source[i], type), narrowed[i], $"{source[i]:R}");
            if (type == ElementType.Float16 && !float.IsNaN(source[i]))
                Assert.AreEqual(BitConverter.HalfToUInt16Bits((Half)source[i]), narrowed[i], $"{source[i]:R}");
        }
    }

    [TestMethod]
    [DataRow(ElementType.Float32)]
    [DataRow(ElementType.Float16)]
    [DataRow(ElementType.BFloat16)]
    public void Every_length_and_alignment_gives_the_same(ElementType type)
    {
        float[] all = [.. Enumerable.Range(0, 100).Select(i => (i - 50) * 0.37f)];
        int size = ElementConversion.Size(type);
        byte[] whole = new byte[all.Length * size];
        ElementConversion.Narrow(all, type, whole);
        for (int length = 0; length <= all.Length; length++)
        {
            byte[] bytes = new byte[length * size + 2];
            ElementConversion.Narrow(all.AsSpan(0, length), type, bytes.AsSpan(1, length * size));
            Assert.IsTrue(bytes.AsSpan(1, length * size).SequenceEqual(whole.AsSpan(0, length * size)));
            Assert.AreEqual(0, bytes[^1], "wrote past the end");

            float[] floats = new float[length + 1];
            ElementConversion.Widen(bytes.AsSpan(1, length * size), type, floats.AsSpan(0, length));
            Assert.AreEqual(0f, floats[^1], "wrote past the end");
            for (int i = 0; i < length; i++)
                Assert.AreEqual(type == ElementType.Float32 ? all[i] : Scalar(Nearest(all[i], type), type), floats[i]);
        }
    }

    private static bool IsNaN(ushort bits, ElementType type) => type == ElementType.Float16 ? (bits & 0x7FFF) > 0x7C00
        : (bits & 0x7FFF) > 0x7F80;

    private static float Scalar(ushort bits, ElementType type) =>
        type == ElementType.Float16 ? ScalarHalf(bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>A binary16 by its definition, with no conversion of the platform's.</summary>
    private static float ScalarHalf(ushort bits)
    {
        int exponent = bits >> 10 & 31, fraction = bits & 1023;
        double magnitude = exponent switch
        {
            0 => Math.ScaleB(fraction, -24),
            31 => fraction == 0 ? double.PositiveInfinity : double.NaN,
            _ => Math.ScaleB(1024 + fraction, exponent - 25),
        };
        return (float)(bits >> 15 == 0 ? magnitude : -magnitude);
    }

    /// <summary>The nearest by search over all values of the type; what lies half a step beyond the greatest is infinite.</summary>
    private static ushort Nearest(float value, ElementType type)
    {
        ushort sign = (ushort)(float.IsNegative(value) ? 0x8000 : 0);
        ushort infinity = (ushort)(type == ElementType.Float16 ? 0x7C00 : 0x7F80);
        double magnitude = Math.Abs((double)value);
        int low = 0, high = infinity;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (Magnitude(middle) <= magnitude)
                low = middle;
            else
                high = middle;
        }
        double below = magnitude - Magnitude(low), above = Magnitude(high) - magnitude;
        int nearest = below < above || (below == above && low % 2 == 0) ? low : high;
        return (ushort)(sign | nearest);

        // The infinite one stands, for rounding, where the next finite value would.
        double Magnitude(int bits) => bits == infinity ? 2 * (double)Scalar((ushort)(bits - 1), type) - Scalar((ushort)(bits - 2), type)
            : Scalar((ushort)bits, type);
    }
}
