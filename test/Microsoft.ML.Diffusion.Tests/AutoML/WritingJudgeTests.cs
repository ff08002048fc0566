namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What written texts are worth: nearness to real ones, which neither repetition nor noise has.</summary>
[TestClass]
public sealed class WritingJudgeTests
{
    private static readonly string[] s_prompts = ["The road ran along", "She had never been", "It was late in the"];

    private static readonly string[] s_real =
    [
        " the edge of the wood for a mile or more before it turned down to the village, where a light was in the window.",
        " a handsome woman, but there was something in her face which made people turn and look at her again.",
        " evening when they came to the river, and the old ferryman, who had gone to bed, would not come out to them.",
    ];

    [TestMethod]
    public void Real_text_is_at_no_distance()
    {
        WritingQuality quality = Measure(s_real);
        Assert.AreEqual(quality.RealBitsPerCharacter, quality.BitsPerCharacter);
        Assert.AreEqual(0, quality.Distance);
    }

    [TestMethod]
    public void Repetition_is_plausible_and_far_off()
    {
        WritingQuality shuffled = Measure([s_real[1], s_real[2], s_real[0]]);
        WritingQuality repeated = Measure([.. s_real.Select(_ => string.Concat(Enumerable.Repeat(" the same,", 10)))]);
        Assert.IsLessThan(shuffled.BitsPerCharacter, repeated.BitsPerCharacter, "to the model, repetition is the more plausible");
        Assert.IsGreaterThan(0.5, repeated.RepetitionRate);
        Assert.IsGreaterThan(2 * shuffled.Distance, repeated.Distance);
    }

    [TestMethod]
    public void One_text_for_every_prompt_is_less_varied()
    {
        WritingQuality same = Measure([s_real[0], s_real[0], s_real[0]]);
        Assert.IsLessThan(same.RealTokenEntropy - 0.1, same.TokenEntropy);
    }

    [TestMethod]
    public void Noise_is_far_off()
    {
        WritingQuality noise =
            Measure([.. s_real.Select((_, i) => $" zx{i} qv;kk jb({i}w ##tt pq zzk vvx{i} \u00e9\u00e9k!! qj{i} wx zz kq pf{i}{i} xq")]);
        Assert.IsGreaterThan(1, noise.Distance);
    }

    [TestMethod]
    public void Several_texts_of_a_prompt_are_all_measured_and_order_does_not_matter()
    {
        var judge = new WritingJudge(EncoderModel.Default, s_prompts, s_real, tokens: 24);
        (int, string)[] written = [(0, s_real[1]), (0, s_real[2]), (1, s_real[0])];
        WritingQuality quality = judge.Measure(written), reversed = judge.Measure([.. written.Reverse()]);
        Assert.AreEqual(quality.Distance, reversed.Distance, 1e-9);
        Assert.IsGreaterThan(0, quality.Distance);
    }

    [TestMethod]
    public void What_there_is_nothing_to_compare_with_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new WritingJudge(EncoderModel.Default, s_prompts, [], 24));
        StringAssert.Contains(Assert.Throws<ArgumentException>(
            () => new WritingJudge(EncoderModel.Default, ["a", "b"], ["c", ""], 24)).Message, "prompt 1 is empty");
        Assert.Throws<ArgumentOutOfRangeException>(() => new WritingJudge(EncoderModel.Default, s_prompts, s_real, 0));
    }

    private static WritingQuality Measure(string[] texts)
    {
        // Real texts are cut to a number of tokens; those that are given are cut alike, so that they are the same.
        var tokenizer = EncoderModel.Default.Tokenizer;
        var judge = new WritingJudge(EncoderModel.Default, s_prompts, s_real, tokens: 24);
        return judge.Measure([.. texts.Select((text, i) => (i, Cut(text)))]);

        string Cut(string text)
        {
            var tokens = new Text.TokenList();
            tokenizer.Encode(text, tokens);
            return tokenizer.Decode(tokens.Ids[..Math.Min(24, tokens.Count)]);
        }
    }
}
