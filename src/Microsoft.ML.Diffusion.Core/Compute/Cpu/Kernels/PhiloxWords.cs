using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The words of <see cref="Philox.Words"/> for successive counters, four counters at a time with AVX2.</summary>
internal static unsafe class PhiloxWords
{
    /// <summary>Writes the four words of each counter from <paramref name="counter"/> on.</summary>
    /// <param name="key">The key.</param>
    /// <param name="counterHigh">The upper half of all counters.</param>
    /// <param name="counter">The lower half of the first counter.</param>
    /// <param name="words">Receives the words.</param>
    /// <param name="count">The number of words, rounded up to a multiple of 4.</param>
    public static void Fill(ulong key, ulong counterHigh, ulong counter, uint* words, int count)
    {
        int i = 0;
        if (Avx2.IsSupported)
        {
            for (; i <= count - 16; i += 16, counter += 4)
                FillFour(key, counterHigh, counter, words + i);
        }
        for (; i < count; i += 4, counter++)
            (words[i], words[i + 1], words[i + 2], words[i + 3]) = Philox.Words(key, counterHigh, counter);
    }

    /// <summary>Each 64-bit lane is a counter, with a 32-bit word in its lower half; the upper half is never multiplied.</summary>
    private static void FillFour(ulong key, ulong counterHigh, ulong counter, uint* words)
    {
        // In the order that unpacking turns into the sorted one.
        Vector256<ulong> x = Vector256.Create(counter) + Vector256.Create(0UL, 2, 1, 3), y = x >> 32;
        Vector256<ulong> z = Vector256.Create(counterHigh), w = z >> 32;
        Vector256<uint> m0 = Vector256.Create(0xD2511F53UL).AsUInt32(), m1 = Vector256.Create(0xCD9E8D57UL).AsUInt32();
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p = Avx2.Multiply(x.AsUInt32(), m0), q = Avx2.Multiply(z.AsUInt32(), m1);
            (x, y, z, w) = ((q >> 32) ^ y ^ Vector256.Create((ulong)k0), q, (p >> 32) ^ w ^ Vector256.Create((ulong)k1), p);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        Vector256<ulong> lower = Vector256.Create((ulong)uint.MaxValue), xy = (x & lower) | (y << 32), zw = (z & lower) | (w << 32);
        Avx2.UnpackLow(xy, zw).AsUInt32().Store(words);
        Avx2.UnpackHigh(xy, zw).AsUInt32().Store(words + 8);
    }
}
