using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class PhiloxTests
{
    /// <summary>The known answers that Random123 1.14 comes with (kat_vectors, philox4x32 10).</summary>
    [TestMethod]
    [DataRow(0ul, 0ul, 0ul, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [DataRow(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [DataRow(0x299f31d0a4093822ul, 0x0370734413198a2eul, 0x85a308d3243f6a88ul,
        new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void Known_answers(ulong key, ulong counterHigh, ulong counterLow, uint[] expected)
    {
        (uint x, uint y, uint z, uint w) = Philox.Words(key, counterHigh, counterLow);
        CollectionAssert.AreEqual(expected, new[] { x, y, z, w });
    }

    [TestMethod]
    public void Uniforms_are_uniform_and_independent()
    {
        const int draws = 200_000, bins = 64;
        double sum = 0, squares = 0, product = 0;
        int[] counts = new int[bins];
        for (int i = 0; i < draws; i++)
        {
            (double u, double v) = Philox.Uniforms(42, 1, (ulong)i);
            Assert.IsTrue(u > 0 && u < 1 && v > 0 && v < 1);
            sum += u;
            squares += u * u;
            product += (u - .5) * (v - .5);
            counts[(int)(u * bins)]++;
        }
        // Six standard errors each; the draws are fixed, so this holds always or never.
        Assert.AreEqual(.5, sum / draws, 6 * Math.Sqrt(1.0 / 12 / draws));
        Assert.AreEqual(1.0 / 3, squares / draws, 6 * Math.Sqrt(4.0 / 45 / draws));
        Assert.AreEqual(0, product / draws, 6.0 / 12 / Math.Sqrt(draws));
        double expected = (double)draws / bins, chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.AreEqual(bins - 1, chiSquare, 6 * Math.Sqrt(2.0 * (bins - 1)));
    }

    [TestMethod]
    public void Mixed_keys_differ_in_half_their_bits()
    {
        HashSet<ulong> seen = [];
        long bits = 0;
        for (ulong i = 0; i < 4096; i++)
        {
            ulong key = Philox.Mix(i / 64, i % 64);
            Assert.IsTrue(seen.Add(key));
            bits += System.Numerics.BitOperations.PopCount(key ^ Philox.Mix(i / 64, i % 64 + 1));
        }
        Assert.AreEqual(32, bits / 4096.0, 6 * 4 / Math.Sqrt(4096));
    }

    /// <summary>Whatever the instruction set: counters that carry into the upper word, and ends that fill no register.</summary>
    [TestMethod]
    [DataRow(0x299f31d0a4093822ul, 0ul, 0ul, 1000)]
    [DataRow(0x0370734413198a2eul, 0x85a308d3243f6a88ul, 0xfffffff9ul, 61)]
    [DataRow(5ul, 7ul, ulong.MaxValue - 2, 15)]
    [DataRow(5ul, 7ul, 3ul, 17)]
    public unsafe void Words_in_rows_are_the_words_one_by_one(ulong key, ulong counterHigh, ulong counter, int count)
    {
        uint[] words = new uint[(count + 3) / 4 * 4], expected = new uint[words.Length];
        for (int i = 0; i < expected.Length; i += 4)
            (expected[i], expected[i + 1], expected[i + 2], expected[i + 3]) = Philox.Words(key, counterHigh, counter + (ulong)i / 4);
        fixed (uint* pointer = words)
            Microsoft.ML.Diffusion.Compute.Cpu.PhiloxWords.Fill(key, counterHigh, counter, pointer, count);
        CollectionAssert.AreEqual(expected, words);
    }
}
