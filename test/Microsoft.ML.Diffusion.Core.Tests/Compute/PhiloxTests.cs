using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class PhiloxTests
{
    /// <summary>The known answers that Random123 1.14 comes with (kat_vectors, philox4x32 10).</summary>
    [TestMethod]
    [DataRow(0ul, 0ul, 0ul, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [DataRow(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [DataRow(0x299f31d0a4093822ul, 0x0370734413198a2eul, 0x85a308d3243f6a88ul, new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
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

    [TestMethod]
    [DataRow(.1)]
    [DataRow(.5)]
    [DataRow(.9)]
    public void Dropout_drops_at_its_rate_and_keeps_the_mean(double rate)
    {
        const int rows = 500, width = 401, count = rows * width;
        using Engine engine = Microsoft.ML.Diffusion.Compute.Cpu.CpuEngine.Create(2);
        using Pass pass = Pass.ForTraining(engine);
        float[] ones = new float[count];
        ones.AsSpan().Fill(1);
        float[] first = Draw(1), again = Draw(1), other = Draw(2);
        CollectionAssert.AreEqual(first, again);
        double deviation = Math.Sqrt(rate * (1 - rate) / count);
        foreach (float[] y in new[] { first, other })
        {
            Assert.IsTrue(y.All(value => value == 0 || value == (float)(1 / (1 - rate))));
            Assert.AreEqual(rate, y.Count(value => value == 0) / (double)count, 6 * deviation);
        }
        // Two keys drop independently of each other.
        double both = first.Zip(other).Count(pair => pair.First == 0 && pair.Second == 0) / (double)count;
        Assert.AreEqual(rate * rate, both, 6 * Math.Sqrt(rate * rate * (1 - rate * rate) / count));

        float[] Draw(ulong key)
        {
            pass.Begin(key);
            float[] y = new float[count];
            pass.Read(pass.Dropout(pass.Write(rows, width, ones), rate), y);
            return y;
        }
    }
}
