using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class TokenFilterTests
{
    /// <summary>
    /// Drawn at evenly spread uniforms, each token comes up as often as its probability says, to one draw: against a plain full sort.
    /// </summary>
    [TestMethod]
    [DataRow(5, 1.0, 0, 1.0)]
    [DataRow(300, 1.0, 0, 1.0)]
    [DataRow(300, .5, 0, 1.0)]
    [DataRow(300, 2.0, 7, 1.0)]
    [DataRow(300, 1.0, 1, 1.0)]
    [DataRow(301, 1.0, 299, 1.0)]
    [DataRow(300, 1.0, 0, .9)]
    [DataRow(300, 1.5, 0, .5)]
    [DataRow(301, .7, 40, .8)]
    [DataRow(300, 1.0, 0, 1e-9)]
    [DataRow(300, 1.0, 0, .9999999)]
    [DataRow(1000, 50.0, 0, .95)]
    [DataRow(17, 1.0, 100, .6)]
    public void The_distribution_is_that_of_a_full_sort(int vocabulary, double temperature, int topK, double topP)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            Random random = new(seed);
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(random.NextDouble() * random.NextDouble() * 9))];
            for (int i = 0; i < vocabulary; i += 7)
                logits[i] = logits[vocabulary / 2]; // ties
            int[] banned = [vocabulary - 1, 2];
            double[] distribution = Distribution(logits, temperature, topK, topP, banned);
            TokenFilter filter = new(vocabulary, temperature, topK, topP, banned);
            const int n = 2000;
            int[] counts = new int[vocabulary];
            for (int i = 0; i < n; i++)
            {
                float[] row = [.. logits];
                Assert.IsTrue(TryDraw(filter, row, (i + .5) / n, false, out int token, out _));
                counts[token]++;
            }
            for (int v = 0; v < vocabulary; v++)
            {
                Assert.AreEqual(n * distribution[v], counts[v], 1.02, $"token {v}");
                if (distribution[v] == 0)
                    Assert.AreEqual(0, counts[v]);
            }
        }
    }

    /// <summary>
    /// At uniforms just inside both ends of a token's share of the distribution, that token is drawn: one token
    /// more or less in the nucleus, or another, moves the ends. Ids are in order, so the shares lie as the ids do.
    /// </summary>
    [TestMethod]
    [DataRow("flat", 1.0, 0, .95)]
    [DataRow("flat", .9, 0, .5)]
    [DataRow("normal", 1.0, 0, .95)]
    [DataRow("normal", 1.0, 0, .05)]
    [DataRow("wide", .8, 0, .9)]
    [DataRow("Zipf", 1.0, 0, .999)]
    [DataRow("peaked", 1.0, 0, .95)]
    [DataRow("equal", 1.0, 0, .7)]
    [DataRow("in steps", 1.0, 0, .8)]
    [DataRow("rare ones just below the tail's mean", 1.0, 0, .9)]
    [DataRow("normal", 1.0, 3000, .9)]
    [DataRow("in steps", 1.0, 3000, .9)]
    public void The_nucleus_of_a_large_vocabulary_is_that_of_a_full_sort(string shape, double temperature, int topK, double topP)
    {
        foreach (int vocabulary in new[] { 4099, 20011 })
        {
            Random random = new(vocabulary);
            double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(v => (float)(shape switch
            {
                "flat" => .05 * Normal(),
                "normal" => Normal(),
                "wide" => 4 * Normal(),
                "Zipf" => -Math.Log(v + 2),
                "peaked" => v % 1009 == 7 ? 12 + .1 * Normal() : Normal(),
                "in steps" => Math.Round(2 * Normal()) / 2,
                // Of every 20 tokens one is common, one ten times as likely as 18 rare ones, which together have .081.
                "rare ones just below the tail's mean" => Math.Log((v % 20) switch { 0 => .874 * 20, 10 => .9, _ => .09 } / vocabulary),
                _ => 0,
            }))];
            int[] banned = [vocabulary - 1, 2];
            double[] distribution = Distribution(logits, temperature, topK, topP, banned);
            TokenFilter filter = new(vocabulary, temperature, topK, topP, banned);
            int[] kept = [.. Enumerable.Range(0, vocabulary).Where(v => distribution[v] > 0)];
            double[] starts = new double[kept.Length];
            for (int i = 1; i < kept.Length; i++)
                starts[i] = starts[i - 1] + distribution[kept[i - 1]];
            for (int at = 0; at < kept.Length; at += 1 + kept.Length / 50)
            {
                foreach (double place in new[] { .05, .95 })
                {
                    Assert.IsTrue(TryDraw(filter, logits, starts[at] + place * distribution[kept[at]], false, out int token, out _));
                    Assert.AreEqual(kept[at], token, $"{shape}, share {at} of {kept.Length}, {place}");
                }
            }
        }
    }

    [TestMethod]
    public void Temperature_zero_takes_the_most_likely_allowed_token()
    {
        TokenFilter filter = new(6, 0, 0, 1, [4]);
        Assert.IsTrue(TryDraw(filter, [0, 1, 3, 3, 9, 2], .999, true, out int token, out double confidence));
        Assert.AreEqual(2, token);
        double sum = 1 + Math.E + 2 * Math.Exp(3) + Math.Exp(2);
        Assert.AreEqual(Math.Exp(3) / sum, confidence, 1e-6);
    }

    [TestMethod]
    [DataRow(1.0, 0, 1.0)]
    [DataRow(.3, 0, 1.0)]
    [DataRow(1.0, 2, .5)]
    public void Confidence_is_the_models_greatest_probability_whatever_is_drawn(double temperature, int topK, double topP)
    {
        TokenFilter filter = new(5, temperature, topK, topP, [0]);
        double expected = Math.Exp(2) / (Math.Exp(2) + Math.E + 1 + Math.Exp(-1));
        foreach (double u in new[] { .01, .5, .99 })
        {
            Assert.IsTrue(TryDraw(filter, [8, 2, 1, 0, -1], u, true, out _, out double confidence));
            Assert.AreEqual(expected, confidence, 1e-6);
        }
    }

    [TestMethod]
    [DataRow(5)]
    [DataRow(1025)]
    [DataRow(5003)]
    public void Scores_and_log_probabilities_are_those_of_the_distribution(int vocabulary)
    {
        Random random = new(2);
        foreach (double temperature in new[] { 1, .7, 0 })
        {
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(Math.Pow(random.NextDouble(), 9) * 90 - 30))];
            (logits[1], logits[3]) = (float.NegativeInfinity, 61);
            logits[vocabulary - 1] = 60.5f;
            double[] p = Distribution(logits, 1, 0, 1, [2]);
            TokenFilter filter = new(vocabulary, temperature, 0, 1, [2]);
            Assert.IsTrue(filter.TryRead(logits, true));
            Assert.AreEqual(Math.Log(p.Max()), filter.LogConfidence(logits, ConfidenceScore.MaxProbability), 1e-6);
            Assert.AreEqual(Math.Log(p[3] - p[^1]), filter.LogConfidence(logits, ConfidenceScore.Margin), 1e-5);
            Assert.AreEqual(p.Where(q => q > 0).Sum(q => q * Math.Log(q)),
                filter.LogConfidence(logits, ConfidenceScore.NegativeEntropy), 1e-6);
            Assert.AreEqual(Math.Log(p[^1]), filter.LogProbability(logits, vocabulary - 1), 1e-6);
            Assert.AreEqual(3, filter.MostLikely(logits));
            Assert.AreEqual(0, filter.LogConfidence(logits, ConfidenceScore.Random));
        }
    }

    [TestMethod]
    public void A_sampler_may_keep_fewer_than_the_settings()
    {
        float[] logits = [1, 5, 3, 4, 2];
        foreach ((int settings, int sampler, int kept) in new[] { (0, 2, 2), (3, 2, 2), (2, 3, 2), (0, 9, 5), (0, 0, 5) })
        {
            TokenFilter filter = new(5, 1, settings, 1, []);
            HashSet<int> seen = [];
            for (int i = 0; i < 500; i++)
            {
                Assert.IsTrue(filter.TryRead(logits, false));
                seen.Add(filter.Draw(logits, (i + .5) / 500, sampler));
            }
            Assert.HasCount(kept, seen);
        }
    }

    [TestMethod]
    public void A_NaN_or_an_infinity_is_seen_wherever_it_stands()
    {
        const int vocabulary = 2101;
        foreach (double temperature in new[] { 0, 1, .8 })
        {
            TokenFilter filter = new(vocabulary, temperature, 0, 1, []);
            for (int at = 0; at < vocabulary; at += at is > 60 and < 1000 or > 1100 and < 2040 ? 37 : 1)
            {
                float[] logits = new float[vocabulary];
                logits[at] = at % 2 == 0 ? float.NaN : float.PositiveInfinity;
                Assert.IsFalse(filter.TryRead(logits, false));
            }
        }
    }

    [TestMethod]
    public void Extremes_are_defined()
    {
        TokenFilter cold = new(3, 1e-300, 0, 1, []);
        Assert.IsTrue(TryDraw(cold, [1, 1.0001f, -1], .5, true, out int token, out _));
        Assert.AreEqual(1, token);
        TokenFilter hot = new(40, 1e300, 0, 1, []);
        Assert.IsTrue(TryDraw(hot, Enumerable.Range(0, 40).Select(i => (float)i).ToArray(), .5125, false, out token, out _));
        Assert.AreEqual(20, token);
        TokenFilter banned = new(40, 1e300, 0, 1, [20]);
        Assert.IsTrue(TryDraw(banned, Enumerable.Range(0, 40).Select(i => (float)i).ToArray(), .5129, false, out token, out _));
        Assert.AreEqual(21, token);
        TokenFilter plain = new(4, 1, 2, .9, []);
        float inf = float.PositiveInfinity;
        Assert.IsTrue(TryDraw(plain, [-inf, -inf, 3, -inf], .5, true, out token, out double confidence));
        Assert.AreEqual((2, 1.0), (token, confidence));
        foreach (float[] bad in new float[][] { [0, float.NaN, 1, 1], [0, inf, 1, 1], [-inf, -inf, -inf, -inf] })
            Assert.IsFalse(TryDraw(plain, bad, .5, false, out _, out _));
        float[] large = new float[1000];
        large[517] = float.NaN;
        Assert.IsFalse(TryDraw(new TokenFilter(1000, 1, 0, 1, []), large, .5, false, out _, out _));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new TokenFilter(2, 1, 0, 1, [0, 1, 1, 7])).Message,
            "All 2 tokens");
    }

    [TestMethod]
    public void Where_a_row_lies_in_memory_changes_nothing_and_a_warm_filter_allocates_nothing()
    {
        const int vocabulary = 5003;
        Random random = new(1);
        float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(random.NextDouble() * 12))],
            room = new float[vocabulary + 16];
        TokenFilter filter = new(vocabulary, .8, 0, .9, [3]);
        Assert.IsTrue(TryDraw(filter, [.. logits], .77, true, out _, out _)); // warm
        double first = double.NaN;
        for (int shift = 0; shift < 16; shift++)
        {
            logits.CopyTo(room, shift);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.IsTrue(TryDraw(filter, room.AsSpan(shift, vocabulary), .77, true, out int token, out double confidence));
            Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
            first = shift == 0 ? confidence + token : first;
            Assert.AreEqual(first, confidence + token);
        }
    }

    private static bool TryDraw(TokenFilter filter, Span<float> logits, double uniform, bool wantsConfidence, out int token,
        out double confidence)
    {
        (token, confidence) = (-1, double.NaN);
        if (!filter.TryRead(logits, wantsConfidence))
            return false;
        token = filter.Draw(logits, uniform);
        if (wantsConfidence)
            confidence = Math.Exp(filter.LogConfidence(logits, ConfidenceScore.MaxProbability));
        return true;
    }

    private static double[] Distribution(float[] logits, double temperature, int topK, double topP, int[] banned)
    {
        int[] order =
            [.. Enumerable.Range(0, logits.Length).Where(v => !banned.Contains(v)).OrderByDescending(v => logits[v]).ThenBy(v => v)];
        if (topK > 0)
            order = [.. order.Take(topK)];
        double sum = order.Sum(v => Math.Exp(logits[v] / temperature)), mass = 0;
        List<int> kept = [];
        foreach (int v in order)
        {
            if (kept.Count > 0 && mass >= topP)
                break;
            kept.Add(v);
            mass += Math.Exp(logits[v] / temperature) / sum;
        }
        double[] distribution = new double[logits.Length];
        foreach (int v in kept)
            distribution[v] = Math.Exp(logits[v] / temperature) / sum / mass;
        return distribution;
    }
}
