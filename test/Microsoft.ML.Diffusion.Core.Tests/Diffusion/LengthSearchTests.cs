using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class LengthSearchTests
{
    private const int Mask = 7;

    [TestMethod]
    [DataRow("MaskPredict")]
    [DataRow("TopConfidence")]
    public void The_length_with_the_greatest_mean_log_probability_is_kept(string sampler)
    {
        DenoisingLoop loop = new(new FakeDenoiser(30, Mask), new DenoisingSettings { Steps = 3, Sampler = Sampler.Parse(sampler), Temperature = 0 });
        int[][] beginnings = [[1, 2], [], [5, Mask]], endings = [[3], [4, 4], []];
        (RaggedTokens before, RaggedTokens after) = (Ragged(beginnings), Ragged(endings));
        int[] lengths = [6, 2, 4, 9, 4];
        IReadOnlyList<LengthChoice> choices = new LengthSearch(loop, lengths).Run(before, after, samples: [0, 3, 0]);
        HashSet<int> chosen = [];
        for (int i = 0; i < 3; i++)
        {
            double best = double.NegativeInfinity;
            int[] tokens = [];
            int calls = 0;
            foreach (int length in lengths.Distinct().Order())
            {
                RaggedTokens row = Ragged([.. beginnings[i], .. Enumerable.Repeat(Mask, length), .. endings[i]]);
                double[] score = [0];
                int[] count = [0];
                loop.Run(row, [beginnings[i].Length], [i == 1 ? 3 : 0], count, score);
                calls += count[0];
                if (score[0] > best)
                    (best, tokens) = (score[0], row.Tokens.Slice(beginnings[i].Length, length).ToArray());
            }
            CollectionAssert.AreEqual(tokens, choices[i].TokenIds.ToArray());
            Assert.AreEqual(best, choices[i].MeanLogProbability);
            Assert.AreEqual(calls, choices[i].Calls);
            chosen.Add(tokens.Length);
        }
        Assert.IsGreaterThan(1, chosen.Count, "Different rows prefer different lengths.");
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        DenoisingLoop loop = new(new FakeDenoiser(30, Mask), new DenoisingSettings());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new LengthSearch(loop, [])).Message, "no length");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new LengthSearch(loop, [3, 0])).Message, "cannot have 0 tokens");
        LengthSearch search = new(loop, [2]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => search.Run(Ragged([1]), Ragged())).Message, "1 beginnings, 0 endings");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => search.Run(Ragged([1]), Ragged([Mask]))).Message, "has a mask");
        Assert.IsEmpty(search.Run(Ragged(), Ragged()));
    }

    private static RaggedTokens Ragged(params int[][] sequences)
    {
        RaggedTokens rows = new();
        foreach (int[] sequence in sequences)
            rows.Append(sequence);
        return rows;
    }
}
