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

    /// <summary>Element i is dropped by word i mod 4 at counter i / 4, as it was before registers drew them.</summary>
    [TestMethod]
    public void Dropout_drops_by_the_scalar_words()
    {
        const int rows = 37, width = 251;
        using Engine engine = Microsoft.ML.Diffusion.Compute.Cpu.CpuEngine.Create(2);
        using Executor executor = engine.CreateExecutor();
        Tensor x = executor.Allocate(rows, width), y = executor.Allocate(rows, width);
        float[] values = new float[rows * width];
        values.AsSpan().Fill(1);
        executor.Write(x, values);
        executor.Dropout(x, .25, 99, y, accumulate: false);
        executor.Read(y, values);
        for (int i = 0; i < values.Length; i++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Words(99, 0, (ulong)i / 4);
            Assert.AreEqual(new[] { a, b, c, d }[i % 4] < .25 * uint.MaxValue, values[i] == 0, $"element {i}");
        }
    }

    /// <summary>A sequence's mask is the same whatever stands beside it, and each head and query has its own.</summary>
    [TestMethod]
    public void Attention_drops_by_position_in_the_sequence()
    {
        const int heads = 2, width = 4, length = 140;
        using Engine engine = Microsoft.ML.Diffusion.Compute.Cpu.CpuEngine.Create(2);
        float[] inputs = Numbers.Normal(3 * length * 3 * width, "qkv");
        float[] middle = Attend([30, length, 100], 30), alone = Attend([length], 0, skip: 30);
        CollectionAssert.AreEqual(alone, middle);
        CollectionAssert.AreNotEqual(alone, Attend([length], 0, skip: 30, key: 8));
        CollectionAssert.AreNotEqual(alone, Attend([length], 0, skip: 30, rate: 0));

        // Equal keys and values of one: each output is the share that was kept, over 1 − rate.
        Array.Fill(inputs, 1);
        float[] shares = Attend([length], 0);
        Assert.IsGreaterThan(10, shares.Chunk(width).Select(row => row[0]).Distinct().Count(), "queries differ");
        Assert.IsTrue(shares.Chunk(width).Any(row => row[0] != row[width / heads]), "heads differ");
        Assert.AreEqual(1, shares.Average(), .02);

        float[] Attend(int[] lengths, int first, int skip = 0, ulong key = 7, double rate = .3)
        {
            int[] bounds = [0, .. lengths.Select((_, i) => lengths[..(i + 1)].Sum())];
            using Pass pass = Pass.ForTraining(engine);
            pass.Begin(key);
            Tensor y = pass.Attend(pass.Write(bounds[^1], 3 * width, inputs.AsSpan(skip * 3 * width, bounds[^1] * 3 * width)), pass.SequencesOf(bounds), heads, AttentionPattern.Full, dropout: rate);
            float[] values = new float[y.Rows * width];
            pass.Read(y, values);
            return values[(first * width)..((first + length) * width)];
        }
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
