using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class TextMeasuresTests
{
    [TestMethod]
    public void Measures_are_canceled()
    {
        int[][] texts = [[1, 2], [3, 4]];
        var canceled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => TextMeasures.DistinctN(texts, 1, canceled));
        Assert.Throws<OperationCanceledException>(() => TextMeasures.SelfBleu(texts, cancellationToken: canceled));
        Assert.Throws<OperationCanceledException>(() => TextMeasures.TokenEntropy(texts, canceled));
        Assert.Throws<OperationCanceledException>(() => TextMeasures.PooledEntropy(texts, canceled));
        Assert.Throws<OperationCanceledException>(() => TextMeasures.RepetitionRate(texts, cancellationToken: canceled));
    }

    [TestMethod]
    public void Equal_texts_are_all_alike_and_disjoint_ones_are_not()
    {
        string[] text = ["a", "b", "c", "d", "e"];
        Assert.AreEqual(1, TextMeasures.SelfBleu([text, text, text]), 1e-12);
        // Precisions .1/5, .1/4, .1/3, .1/2; equal lengths, so no penalty.
        Assert.AreEqual(Math.Pow(.02 * .025 * (.1 / 3) * .05, .25), TextMeasures.SelfBleu([text, ["v", "w", "x", "y", "z"]]), 1e-12);
        Assert.IsTrue(double.IsNaN(TextMeasures.SelfBleu([text])));
        Assert.AreEqual(0, TextMeasures.SelfBleu([[], Array.Empty<string>()]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TextMeasures.SelfBleu([text, text], 0));
    }

    /// <summary>By hand: "the the cat" has 2 "the", of which a reference has 1; its 2 bigrams, one shared; reference of length 4.</summary>
    [TestMethod]
    public void Runs_are_clipped_and_short_texts_penalised()
    {
        string[] first = ["the", "the", "cat"], second = ["the", "cat", "is", "on"];
        double one = Math.Sqrt(2 / 3.0 * (1 / 2.0)) * Math.Exp(1 - 4 / 3.0), two = Math.Sqrt(2 / 4.0 * (1 / 3.0));
        Assert.AreEqual((one + two) / 2, TextMeasures.SelfBleu([first, second], 2), 1e-12);
    }

    [TestMethod]
    public void Self_bleu_is_that_of_a_plain_implementation()
    {
        Random random = new(7);
        int[][] texts =
            [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, random.Next(2, 15)).Select(_ => random.Next(4)).ToArray())];
        for (int n = 1; n <= 4; n++)
            Assert.AreEqual(texts.Select((text, i) => Bleu(text, [.. texts.Where((_, j) => j != i)], n)).Average(),
                TextMeasures.SelfBleu(texts, n), 1e-12);
    }

    [TestMethod]
    public void Entropy_is_of_a_text_by_itself()
    {
        Assert.AreEqual(0, TextMeasures.TokenEntropy<int>([[3, 3, 3], [4]]));
        Assert.AreEqual(2, TextMeasures.TokenEntropy<int>([[1, 2, 3, 4]]), 1e-12);
        Assert.AreEqual((2 + 1) / 2.0, TextMeasures.TokenEntropy<int>([[1, 2, 3, 4], [], [5, 6, 6, 5]]), 1e-12);
        Assert.IsTrue(double.IsNaN(TextMeasures.TokenEntropy<int>([[]])));
    }

    [TestMethod]
    public void Pooled_entropy_is_of_all_texts_together()
    {
        Assert.AreEqual(2, TextMeasures.PooledEntropy<int>([[1, 2], [], [3, 4]]), 1e-12);
        Assert.AreEqual(1, TextMeasures.PooledEntropy<int>([[1, 2], [1, 2]]), 1e-12,
            "two texts that say the same are no more varied than one");
        Assert.AreEqual(0, TextMeasures.PooledEntropy<int>([[3, 3], [3]]));
        Assert.IsTrue(double.IsNaN(TextMeasures.PooledEntropy<int>([[]])));
    }

    [TestMethod]
    public void Repetition_is_within_a_text()
    {
        Assert.AreEqual(0, TextMeasures.RepetitionRate<int>([[1, 2, 3], [1, 2, 3]], 2));
        Assert.AreEqual(.75, TextMeasures.RepetitionRate<int>([[7, 7, 7, 7]], 1));
        Assert.AreEqual((2 / 3.0 + 0) / 2, TextMeasures.RepetitionRate<int>([[7, 7, 7, 7], [1, 2], [1]], 2), 1e-12);
        Assert.IsTrue(double.IsNaN(TextMeasures.RepetitionRate<int>([[1, 2]], 3)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TextMeasures.RepetitionRate<int>([[1]], 0));
    }

    [TestMethod]
    public void Characters_and_words_are_those_of_the_text_without_its_prompt()
    {
        FakeTokenizer tokenizer = new();
        MaskedTexts texts = new(tokenizer, 40);
        texts.Add("Once upon", " a time  there was");
        texts.Add("", "x");
        CollectionAssert.AreEqual(new[] { 18, 1 }, TextUnits.Characters(texts, tokenizer));
        CollectionAssert.AreEqual(new[] { 4, 1 }, TextUnits.Words(texts, tokenizer));
        Assert.AreEqual(0, TextUnits.Words(" \n"));
        Assert.AreEqual(2, TextUnits.Words("a\tb"));
    }

    private static double Bleu(int[] text, int[][] references, int n)
    {
        double log = 0;
        for (int length = 1; length <= n; length++)
        {
            string[] runs = Runs(text, length);
            int shared = runs.Distinct()
                .Sum(run => Math.Min(runs.Count(other => other == run),
                    references.Max(reference => Runs(reference, length).Count(other => other == run))));
            log += Math.Log((shared == 0 ? .1 : shared) / Math.Max(runs.Length, 1)) / n;
        }
        int nearest = references.Select(reference => reference.Length).OrderBy(length => Math.Abs(length - text.Length))
            .ThenBy(length => length).First();
        return Math.Exp(log) * (text.Length > nearest ? 1 : Math.Exp(1 - (double)nearest / text.Length));
    }

    private static string[] Runs(int[] text, int length) =>
        [.. Enumerable.Range(0, Math.Max(text.Length - length + 1, 0)).Select(i => string.Join(' ', text[i..(i + length)]))];
}
