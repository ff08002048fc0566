using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class PseudoLikelihoodTests
{
    [TestMethod]
    public void Each_token_is_masked_alone()
    {
        RaggedTokens texts = new();
        for (int i = 0; i < ToyChain.States; i++)
            texts.Append(ToyChain.Sequence(i));
        PseudoLikelihoodReport report = PseudoLikelihood.Measure(new ToyChain(), texts);
        double mean = 0, total = 0;
        for (int i = 0; i < ToyChain.States; i++)
        {
            double expected = 0;
            int[] x = ToyChain.Sequence(i);
            for (int j = 0; j < 4; j++)
            {
                int[] state = [.. x];
                state[j] = ToyChain.Mask;
                expected -= Math.Log(ToyChain.Conditionals(state)[j]![x[j]]);
            }
            Assert.AreEqual(expected, report.Nats[i], 1e-5);
            mean += ToyChain.Distribution[i] * report.Nats[i];
            total += expected;
        }
        Assert.IsLessThan(ToyChain.Entropy - .3, mean); // no bound: far below the entropy
        Assert.AreEqual(total / Math.Log(2) / 4 / ToyChain.States, report.BitsPerToken.Bits, 1e-5);
        Assert.IsTrue(report.BitsPerToken.Low < report.BitsPerToken.Bits && report.BitsPerToken.Bits < report.BitsPerToken.High);
    }

    [TestMethod]
    public void Given_tokens_are_not_measured_and_batches_change_nothing()
    {
        RaggedTokens texts = new();
        texts.Append([10, 1, 2, 3, 4, 10]);
        texts.Append([10, 10]);
        texts.Append([1, 2, 3, 4, 5]);
        PseudoLikelihoodReport flat =
            PseudoLikelihood.Measure(new FakeDenoiser(12, 11) { Flat = true }, texts, [2, 0, 1], [0, 0, 2], id => id == 10);
        CollectionAssert.AreEqual(new[] { 3, 0, 2 }, flat.Tokens.ToArray());
        Assert.AreEqual(5 * Math.Log(11), flat.Nats.Sum(), 1e-5);
        FakeDenoiser one = new(12, 11), other = new(12, 11);
        CollectionAssert.AreEqual(
            PseudoLikelihood.Measure(one, texts, tokenBudget: 1).Nats.ToArray(),
            PseudoLikelihood.Measure(other, texts, tokenBudget: 1000).Nats.ToArray());
        Assert.AreEqual(1, other.Calls);
        Assert.AreEqual(13, one.Calls);
        Assert.ThrowsExactly<ArgumentException>(() => PseudoLikelihood.Measure(one, texts, [1]));
    }

    /// <summary>A text that is longer than the judge takes is cut, and its pieces summed.</summary>
    [TestMethod]
    public void Generative_perplexity_is_the_judges_pseudo_likelihood_of_each_text()
    {
        FakeTokenizer tokenizer = new();
        FakeDenoiser judge = new(tokenizer.VocabularySize, tokenizer.MaskToken) { Flat = true };
        string[] texts = ["abcabcabc", "", "ab"];
        PseudoLikelihoodReport report = GenerativePerplexity.Measure(judge, tokenizer, 6, texts);
        Assert.HasCount(3, report.Nats);
        for (int i = 0; i < 3; i++)
            Assert.AreEqual(report.Tokens[i] * Math.Log(tokenizer.VocabularySize - 1), report.Nats[i], 1e-4);
        Assert.IsGreaterThan(4, report.Tokens[0]);
        Assert.AreEqual(0, report.Tokens[1]);
        Assert.AreEqual(tokenizer.VocabularySize - 1, report.BitsPerToken.Perplexity, 1e-3);
    }
}
