using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Tokens drawn where the logits are. An engine that cannot draw refuses to in each case.</summary>
internal static class DrawCases
{
    private const double FirstUniform = 1e-300;
    private const double LastUniform = 1 - 1.0 / (1L << 53);
    private const float No = float.NegativeInfinity;

    private static readonly DrawSettings s_plain = new(1, 1, DrawScore.None);

    public static ConformanceCase[] All { get; } =
    [
        Case("over evenly spread uniforms, tokens are as frequent as they are probable", Frequencies),
        Case("the shares of tokens follow each other as the ids do", Shares),
        Case("of equal logits top-k keeps the lower ids", EqualInTopK),
        Case("of equal weights top-p keeps the lower ids", EqualInTopP),
        Case("top-p is of what top-k leaves", TopPAfterTopK),
        Case("each row has its own uniform and top-k", Rows),
        Case("what is banned, in all rows or in one, is as if it were not there", Bans),
        Case("temperature 0 takes the most likely token, the lowest among equals", Greedy),
        Case("what has no probability is not drawn at any uniform", Impossible),
        Case("rows with a NaN, with +∞ or with nothing left say so, and the others are drawn", NotFinite),
        Case("the log-probability and the scores are those of the logits, whatever is drawn", Scores),
        Case("scores of one token, of equal ones and of great logits", ExtremeScores),
        Case("extreme temperatures are defined", ExtremeTemperatures),
        Case("from a product, and from no rows", OfAProduct),
    ];

    private static ConformanceCase Case(string name, Action<EngineUnderTest> run) => new($"draw: {name}", e =>
    {
        if (e.Inference.CanDraw)
            run(e);
        else
            Assert.ThrowsExactly<NotSupportedException>(() => Draw(e, [0, 0], s_plain, [], [new DrawRequest(.5, 0, -1)]));
    });

    private static void Frequencies(EngineUnderTest e)
    {
        const int n = 200;
        foreach ((int vocabulary, double temperature, int topK, double topP) in ((int, double, int, double)[])[
            (1, 1, 0, 1), (5, 1, 0, 1), (300, 1, 0, 1), (300, .5, 0, 1), (300, 2, 7, 1), (300, 1, 1, 1), (301, 1, 299, 1), (17, 1, 100, .6),
            (300, 1, 0, .9), (300, 1.5, 0, .5), (301, .7, 40, .8), (300, 1, 0, 1e-9), (1000, 50, 0, .95)])
        {
            string what = $"{vocabulary} tokens, temperature {temperature}, top-k {topK}, top-p {topP}";
            float[] logits = Held(e, Numbers.Normal(vocabulary, what, 2));
            for (int i = 0; i < vocabulary; i += 7)
                logits[i] = logits[vocabulary / 2];
            int[] banned = vocabulary == 1 ? [] : [vocabulary - 1, 2];
            double[] expected = DrawFormula.Distribution(logits, temperature, topK, topP, banned);
            int[] counts = new int[vocabulary];
            foreach (DrawnToken drawn in Draw(e, Repeated(logits, n), s_plain with { Temperature = temperature, TopP = topP }, banned,
                [.. Numbers.Range(n).Select(i => new DrawRequest((i + .5) / n, topK, -1))]))
                counts[drawn.Token]++;
            for (int token = 0; token < vocabulary; token++)
            {
                Assert.AreEqual(n * expected[token], counts[token], 1.02, $"{what}: how often token {token} is drawn");
                Assert.IsTrue(expected[token] > 0 || counts[token] == 0, $"{what}: token {token} is drawn");
            }
        }
    }

    private static void Shares(EngineUnderTest e)
    {
        foreach ((int vocabulary, double temperature, int topK, double topP) in
            ((int, double, int, double)[])[(23, 1, 0, 1), (40, .8, 9, 1), (40, 1, 0, .9), (2000, 1.2, 0, .95), (2000, 1, 300, .9)])
        {
            float[] logits = Held(e, Numbers.Normal(vocabulary, $"shares {vocabulary} {topK}", 2));
            double[] distribution = DrawFormula.Distribution(logits, temperature, topK, topP);
            List<(DrawRequest Request, int Token)> tried = [];
            double start = 0;
            for (int token = 0; token < vocabulary; start += distribution[token++])
            {
                if (distribution[token] < 1e-4 || vocabulary > 100 && token % 37 > 0)
                    continue;
                foreach (double place in (double[])[.03, .97])
                    tried.Add((new DrawRequest(start + place * distribution[token], topK, -1), token));
            }
            Assert.IsGreaterThan(5, tried.Count);
            DrawnToken[] drawn = Draw(e, Repeated(logits, tried.Count), s_plain with { Temperature = temperature, TopP = topP }, [],
                [.. tried.Select(pair => pair.Request)]);
            for (int i = 0; i < drawn.Length; i++)
                Assert.AreEqual(tried[i].Token, drawn[i].Token, $"{vocabulary} tokens, top-k {topK}, top-p {topP}");
        }
    }

    private static void EqualInTopK(EngineUnderTest e)
    {
        float[] logits = [1, 3, 2, 3, 1, 3, 1];
        foreach ((int topK, int[] kept) in ((int, int[])[])[
            (1, [1]), (2, [1, 3]), (3, [1, 3, 5]), (4, [1, 2, 3, 5]), (5, [0, 1, 2, 3, 5]), (6, [0, 1, 2, 3, 4, 5]), (7, Numbers.Range(7)),
            (8, Numbers.Range(7)), (int.MaxValue, Numbers.Range(7))])
            CollectionAssert.AreEqual(kept, Drawn(e, logits, s_plain, topK), $"top-k {topK}");
    }

    private static void EqualInTopP(EngineUnderTest e)
    {
        float[] equal = new float[8];
        // Half of eight equal weights is exactly reached by four.
        foreach ((double topP, int kept) in ((double, int)[])[(1e-9, 1), (.124, 1), (.5, 4), (.51, 5), (.99, 8)])
            CollectionAssert.AreEqual(Numbers.Range(kept), Drawn(e, equal, s_plain with { TopP = topP }), $"top-p {topP}");
        float[] one = [0, 0, 0, (float)Math.Log(4), 0, 0]; // of 9: 4, and 1 each
        foreach ((double topP, int[] kept) in ((double, int[])[])[(.4, [3]), (.5, [0, 3]), (.6, [0, 1, 3]), (.95, [0, 1, 2, 3, 4, 5])])
            CollectionAssert.AreEqual(kept, Drawn(e, one, s_plain with { TopP = topP }), $"top-p {topP}");
    }

    private static void TopPAfterTopK(EngineUnderTest e)
    {
        float[] logits = [.. new[] { 1, 3, 4, 2 }.Select(odds => (float)Math.Log(odds))];
        // The greatest has 4/9 of the three greatest, and 4/10 of all.
        CollectionAssert.AreEqual(new[] { 2 }, Drawn(e, logits, s_plain with { TopP = .43 }, 3));
        CollectionAssert.AreEqual(new[] { 1, 2 }, Drawn(e, logits, s_plain with { TopP = .43 }));
    }

    private static void Rows(EngineUnderTest e)
    {
        float[] logits = [2, 0, 0, 0, 1, 0, 0, 2, 0, 1, 2, 0, 3, 2, 1];
        foreach (double topP in (double[])[1, .9999])
        {
            DrawnToken[] drawn = Draw(e, logits, s_plain with { TopP = topP }, [],
                [new(.99, 0, -1), new(.01, 0, -1), new(.01, 1, -1), new(.99, 2, -1), new(.99, 1, -1)]);
            CollectionAssert.AreEqual(new[] { 2, 0, 1, 1, 0 }, drawn.Select(own => own.Token).ToArray(), $"top-p {topP}");
        }
    }

    private static void Bans(EngineUnderTest e)
    {
        float[] row = Held(e, [3, 1, 2, 0, 1.5f]), logits = Repeated(row, 3);
        logits[4] = float.NaN; // token 4 of row 0, which is banned
        DrawnToken[] drawn = Draw(e, logits, s_plain with { Temperature = 0, Score = DrawScore.MaxProbability }, [4, 0],
            [new(.5, 0, -1), new(.5, 0, 2), new(.5, 0, 0)]);
        CollectionAssert.AreEqual(new[] { 2, 1, 2 }, drawn.Select(own => own.Token).ToArray());
        int[][] banned = [[0, 4], [0, 2, 4], [0, 4]];
        for (int i = 0; i < 3; i++)
        {
            double expected = Math.Log(DrawFormula.Softmax(row, banned[i])[drawn[i].Token]);
            Assert.AreEqual(drawn[i].Token, drawn[i].MostLikely);
            AssertLog(e, expected, drawn[i].LogProbability, "the log-probability");
            AssertLog(e, expected, drawn[i].LogConfidence, "the greatest");
        }
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, Drawn(e, row, s_plain, banned: [0, 4]));
        CollectionAssert.AreEqual(new[] { 1, 2 }, Drawn(e, row, s_plain, 2, banned: [0, 4]));
        CollectionAssert.AreEqual(new[] { 1, 3 }, Drawn(e, row, s_plain, bannedInRow: 2, banned: [0, 4]));
    }

    private static void Greedy(EngineUnderTest e)
    {
        foreach ((double uniform, double topP) in ((double, double)[])[(FirstUniform, 1), (.5, 1), (LastUniform, 1), (LastUniform, .99)])
        {
            // Top-k and top-p say nothing here.
            DrawnToken[] drawn = Draw(e, [0, 1, 3, 3, 9, 2, 7, 0, 0, 0, 8, 7], new DrawSettings(0, topP, DrawScore.None), [4],
                [new(uniform, 0, -1), new(uniform, 3, -1)]);
            Assert.AreEqual((2, 2), (drawn[0].Token, drawn[0].MostLikely));
            Assert.AreEqual((0, 0), (drawn[1].Token, drawn[1].MostLikely));
        }
    }

    private static void Impossible(EngineUnderTest e)
    {
        float[] logits = [No, No, 0, No, 1, No, 0, No, No];
        foreach ((double temperature, int topK, double topP) in
            ((double, int, double)[])[(1, 0, 1), (.5, 0, 1), (1, 8, 1), (1, 0, .999), (1, 8, .999), (0, 0, 1)])
        {
            DrawSettings settings = s_plain with { Temperature = temperature, TopP = topP };
            int first = temperature == 0 ? 4 : 2, last = temperature == 0 ? 4 : 6;
            DrawnToken[] drawn = Draw(e, Repeated(logits, 2), settings, [], [new(FirstUniform, topK, -1), new(LastUniform, topK, -1)]);
            Assert.AreEqual((first, last), (drawn[0].Token, drawn[1].Token), $"{settings}, top-k {topK}");
            drawn = Draw(e, [No, No, 5, No], settings with { Score = DrawScore.Margin }, [], [new(.5, topK, -1)]);
            Assert.AreEqual(new DrawnToken(2, 2, 0, 0), drawn[0], $"{settings}, top-k {topK}, one token");
        }
    }

    private static void NotFinite(EngineUnderTest e)
    {
        const float nan = float.NaN, infinite = float.PositiveInfinity;
        foreach ((double temperature, int topK, double topP) in ((double, int, double)[])[(1, 0, 1), (0, 0, 1), (.7, 2, 1), (1, 0, .9)])
        {
            foreach (DrawScore score in Enum.GetValues<DrawScore>())
            {
                DrawnToken[] drawn = Draw(e,
                    [1, nan, 2, 9, 0, 0, 0, infinite, 1, No, No, No, 9, 0, 0, No, 5, No, 9, 0, 0, nan, infinite, No],
                    new DrawSettings(temperature, topP, score), [],
                    [.. Numbers.Range(8).Select(row => new DrawRequest(.5, topK, row == 5 ? 1 : -1))]);
                CollectionAssert.AreEqual(new[] { -1, 0, -1, -1, 0, -1, 0, -1 }, drawn.Select(own => own.Token).ToArray());
                Assert.AreEqual(drawn[1], drawn[4]);
            }
        }
        float[] large = new float[2 * 2101];
        large[1043] = nan;
        Assert.AreEqual(-1, Draw(e, large, s_plain, [], [new(.5, 0, -1), new(.5, 0, -1)])[0].Token);
    }

    private static void Scores(EngineUnderTest e)
    {
        foreach (int vocabulary in (int[])[6, 1025, 5003])
        {
            float[] logits = Numbers.Normal(vocabulary, $"scores {vocabulary}", 2);
            (logits[0], logits[1], logits[3], logits[^1], logits[2]) = (No, No, 11, 10, 12);
            logits = Held(e, logits);
            double[] p = DrawFormula.Softmax(logits, 2);
            double entropy = p.Where(own => own > 0).Sum(own => own * Math.Log(own));
            foreach ((double temperature, int topK, double topP) in ((double, int, double)[])[(1, 0, 1), (.7, 0, 1), (0, 0, 1), (2, 2, .9)])
            {
                foreach ((DrawScore score, double expected) in ((DrawScore, double)[])[
                    (DrawScore.MaxProbability, Math.Log(p[3])), (DrawScore.Margin, Math.Log(p[3] - p[^1])),
                    (DrawScore.NegativeEntropy, entropy), (DrawScore.None, 0)])
                {
                    string what = $"{vocabulary} tokens, temperature {temperature}, top-k {topK}, {score}";
                    foreach (DrawnToken drawn in Draw(e, Repeated(logits, 2), new DrawSettings(temperature, topP, score), [2],
                        [new(.01, topK, -1), new(.99, topK, -1)]))
                    {
                        Assert.AreEqual(3, drawn.MostLikely, what);
                        AssertLog(e, Math.Log(p[drawn.Token]), drawn.LogProbability, $"{what}: the log-probability");
                        AssertLog(e, expected, drawn.LogConfidence, what);
                    }
                }
            }
        }
    }

    private static void ExtremeScores(EngineUnderTest e)
    {
        foreach (DrawScore score in Enum.GetValues<DrawScore>())
        {
            DrawSettings settings = s_plain with { Score = score };
            Assert.AreEqual(new DrawnToken(0, 0, 0, 0), Draw(e, [7], settings, [], [new(.5, 0, -1)])[0], $"one token, {score}");
            DrawnToken equal = Draw(e, [3, 3, No], settings, [], [new(.9, 0, -1)])[0];
            Assert.AreEqual(1, equal.Token, $"{score}");
            AssertLog(e, -Math.Log(2), equal.LogProbability, "one of two");
            if (score == DrawScore.Margin)
                Assert.AreEqual(double.NegativeInfinity, equal.LogConfidence, "no margin");
            else
                AssertLog(e, score == DrawScore.None ? 0 : -Math.Log(2), equal.LogConfidence, $"one of two, {score}");
            DrawnToken great = Draw(e, [-1e30f, 200, 199, -1000], settings, [], [new(.9, 0, -1)])[0];
            double other = 1 / (1 + Math.E), most = 1 - other;
            Assert.AreEqual((2, 1), (great.Token, great.MostLikely), $"{score}");
            AssertLog(e, Math.Log(other), great.LogProbability, "great logits");
            AssertLog(e, score switch
            {
                DrawScore.MaxProbability => Math.Log(most),
                DrawScore.Margin => Math.Log(most - other),
                DrawScore.NegativeEntropy => most * Math.Log(most) + other * Math.Log(other),
                _ => 0,
            }, great.LogConfidence, $"great logits, {score}");
        }
    }

    private static void ExtremeTemperatures(EngineUnderTest e)
    {
        float[] logits = [.. Numbers.Range(40).Select(i => (float)i)];
        foreach (double topP in (double[])[1, .9999])
        {
            Assert.AreEqual(1, Draw(e, [1, 1.5f, -1], s_plain with { Temperature = 1e-300, TopP = topP }, [], [new(.5, 0, -1)])[0].Token);
            DrawSettings hot = s_plain with { Temperature = 1e300, TopP = topP };
            Assert.AreEqual(20, Draw(e, logits, hot, [], [new(.5125, 0, -1)])[0].Token);
            Assert.AreEqual(21, Draw(e, logits, hot, [20], [new(.5129, 0, -1)])[0].Token);
            // All weights are equal, but the logits are not.
            Assert.AreEqual(38, Draw(e, logits, hot, [], [new(.4, 2, -1)])[0].Token);
        }
    }

    private static void OfAProduct(EngineUnderTest e)
    {
        const int rows = 5, vocabulary = 60;
        Parameter w = e.Parameter("w", vocabulary, 5, Numbers.Normal(vocabulary * 5, "w"));
        float[] x = Numbers.Normal(rows * 5, "x"), read = e.Read(e.Inference.Linear(e.Inference.Write(rows, 5, x), w, null));
        Tensor product = e.Inference.Linear(e.Inference.Write(rows, 5, x), w, null);
        DrawnToken[] drawn = new DrawnToken[rows];
        e.Inference.Draw(product, s_plain, e.Inference.IndicesOf([0, 59]),
            [.. Numbers.Range(rows).Select(row => new DrawRequest((row + 1) * .19, 0, -1))], drawn);
        for (int row = 0; row < rows; row++)
        {
            double[] p = DrawFormula.Softmax(read[(row * vocabulary)..((row + 1) * vocabulary)], 0, 59);
            double below = p.Take(drawn[row].Token).Sum(), uniform = (row + 1) * .19;
            Assert.IsTrue(below <= uniform + 1e-5 && uniform <= below + p[drawn[row].Token] + 1e-5, $"row {row}");
            AssertLog(e, Math.Log(p[drawn[row].Token]), drawn[row].LogProbability, $"row {row}");
        }
        foreach (double temperature in (double[])[0, 1])
        {
            e.Inference.Draw(
                e.Inference.Write(0, 3, []), s_plain with { Temperature = temperature, TopP = .9 }, e.Inference.IndicesOf([1]), [], []);
        }
    }

    private static void AssertLog(EngineUnderTest e, double expected, double actual, string what) =>
        Assert.AreEqual(expected, actual, e.Tolerances.Loss * Math.Max(1, Math.Abs(expected)), what);

    /// <summary>The tokens that are drawn at evenly spread uniforms, ascending.</summary>
    private static int[] Drawn(
        EngineUnderTest e, float[] logits, DrawSettings settings, int topK = 0, int bannedInRow = -1, params int[] banned) =>
        [.. Draw(e, Repeated(logits, 100), settings, banned,
            [.. Numbers.Range(100).Select(i => new DrawRequest((i + .5) / 100, topK, bannedInRow))])
            .Select(drawn => drawn.Token).Distinct().Order()];

    private static DrawnToken[] Draw(EngineUnderTest e, float[] logits, DrawSettings settings, int[] banned, DrawRequest[] requests)
    {
        DrawnToken[] drawn = new DrawnToken[requests.Length];
        e.Inference.Begin();
        Tensor x = e.Inference.Write(requests.Length, logits.Length / requests.Length, logits);
        e.Inference.Draw(x, settings, e.Inference.IndicesOf(banned), requests, drawn);
        return drawn;
    }

    /// <summary>Logits as the engine holds them.</summary>
    private static float[] Held(EngineUnderTest e, float[] logits) => e.Read(e.Inference.Write(1, logits.Length, logits));

    private static float[] Repeated(float[] row, int rows) => [.. Enumerable.Repeat(row, rows).SelectMany(own => own)];
}
