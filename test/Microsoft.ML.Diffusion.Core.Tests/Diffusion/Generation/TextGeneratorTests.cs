namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class TextGeneratorTests
{
    private static readonly GenerationSettings s_settings = new() { MaxNewTokens = 12, Steps = 6, MaxLength = 24, Seed = 1 };

    [TestMethod]
    public void Texts_are_the_new_tokens_only_and_depend_on_prompt_and_sample_alone()
    {
        TextGenerator generator = Generator(s_settings with { Samples = 2 });
        IReadOnlyList<GeneratedText> texts = generator.Generate(["Once ", "", "a#b", "Once "]);
        Assert.HasCount(8, texts);
        foreach (GeneratedText text in texts)
        {
            Assert.HasCount(12, text.TokenIds);
            Assert.AreEqual(12, text.Text.Length);
            Assert.AreEqual(new FakeTokenizer().Decode([.. text.TokenIds]), text.Text);
            Assert.IsFalse(text.Truncated);
            Assert.IsTrue(text.Calls is > 0 and <= 6);
        }
        Assert.AreEqual(texts[0].Text, texts[6].Text);
        Assert.AreEqual(texts[1].Text, texts[7].Text);
        Assert.HasCount(6, texts.Select(t => t.Text).ToHashSet());
        Assert.AreEqual(texts[2].Text, Generator(s_settings).Generate([""])[0].Text);
    }

    [TestMethod]
    public void Special_tokens_and_ids_beyond_the_tokenizer_are_never_written()
    {
        foreach (string sampler in new[] { "Ancestral", "TopConfidence" })
        {
            TextGenerator generator = new(new FakeDenoiser(FakeTokenizer.Size + 3, FakeTokenizer.Mask, 0, 1, 2, 3, 4, FakeTokenizer.Size),
                new FakeTokenizer(), s_settings with { Sampler = Sampler.Parse(sampler), Temperature = 2 });
            foreach (GeneratedText text in generator.Generate(["x", "", "yz"]))
                Assert.IsTrue(text.TokenIds.All(id => id is >= FakeTokenizer.FirstCharacter and < FakeTokenizer.Size));
        }
    }

    [TestMethod]
    public void A_text_is_cut_where_it_ends()
    {
        FakeDenoiser denoiser = new(FakeTokenizer.Size, FakeTokenizer.Mask, FakeTokenizer.End);
        GenerationSettings settings =
            s_settings with { EndOfText = FakeTokenizer.End, MinimumLength = 4, Sampler = Sampler.Blocks(2, Sampler.TopConfidence()) };
        GeneratedText text = new TextGenerator(denoiser, new FakeTokenizer(), settings).Generate(["ab"])[0];
        Assert.HasCount(4, text.TokenIds);
        Assert.AreEqual(4, text.Text.Length);
        Assert.IsLessThan(6, text.Calls, "Blocks after the end are not run.");
    }

    [TestMethod]
    public void A_sequence_is_opened_and_closed_and_the_prompt_stays()
    {
        Recorder recorder = new();
        Generator(s_settings with { Samples = 2 }).Generate(["ab#", ""], recorder);
        int mask = FakeTokenizer.Mask, a = FakeTokenizer.FirstCharacter + 'a' - ' ';
        foreach ((int row, int step, int[] tokens) in recorder.Steps)
        {
            int[] start = row < 2 ? [FakeTokenizer.Begin, a, a + 1, mask] : [FakeTokenizer.Begin];
            CollectionAssert.AreEqual(start, tokens[..start.Length]);
            Assert.AreEqual(FakeTokenizer.End, tokens[^1]);
            Assert.HasCount(start.Length + 13, tokens);
            if (step == 0)
                Assert.IsTrue(tokens[start.Length..^1].All(token => token == mask));
            Assert.IsFalse(tokens[1..^1].Any(token => token == FakeTokenizer.Begin || token == FakeTokenizer.End));
        }
        CollectionAssert.AreEquivalent(new[] { 0, 1, 2, 3 }, recorder.Steps.Select(s => s.Row).Distinct().ToArray());
    }

    [TestMethod]
    public void Long_prompts_follow_the_policy_and_odd_characters_are_counted()
    {
        ArgumentException error =
            Assert.ThrowsExactly<ArgumentException>(() => Generator(s_settings).Generate(["short", "this is too long"]));
        StringAssert.Contains(error.Message, "Prompt 1 has 16 tokens, but there is room for 10");
        TextGenerator keep = Generator(s_settings with { PromptTooLong = PromptTooLong.KeepEnd });
        IReadOnlyList<GeneratedText> texts = keep.Generate(["this is too long", "s too long", "s too lon\ud800"]);
        Assert.IsTrue(texts[0].Truncated);
        Assert.IsFalse(texts[1].Truncated);
        Assert.AreEqual(texts[1].Text, texts[0].Text);
        Assert.AreEqual((0, 1), (texts[1].LoneSurrogates, texts[2].LoneSurrogates));
        Assert.HasCount(0, keep.Generate([]));
        Assert.IsTrue(Generator(s_settings with { MaxLength = 14, PromptTooLong = PromptTooLong.KeepEnd }).Generate(["abc"])[0].Truncated);
    }

    [TestMethod]
    public void Bad_settings_say_what_was_given()
    {
        static void Refused(GenerationSettings settings, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Generator(settings)).Message, part);
        Refused(s_settings with { MaxNewTokens = 0 }, "MaxNewTokens is 0");
        Refused(s_settings with { Samples = 0 }, "Samples is 0");
        Refused(s_settings with { MaxNewTokens = 23 }, "room for 22 new tokens");
        Refused(s_settings with { PromptTooLong = (PromptTooLong)5 }, "PromptTooLong is 5");
        Refused(s_settings with { Steps = -1 }, "Steps is -1");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new TextGenerator(new FakeDenoiser(50, 3), new FakeTokenizer(),
                s_settings)).Message, "tokenizer has 100 ids, the model 50");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => new TextGenerator(new FakeDenoiser(100, 4), new FakeTokenizer(), s_settings)).Message, "mask token is 3, the model's 4");
    }

    [TestMethod]
    public void Distinct_n_counts_runs_within_texts()
    {
        string[][] texts = [["a", "b", "a", "b"], ["b", "a"]];
        Assert.AreEqual(2.0 / 6, TextMeasures.DistinctN(texts, 1));
        Assert.AreEqual(2.0 / 4, TextMeasures.DistinctN(texts, 2));
        Assert.AreEqual(1.0, TextMeasures.DistinctN(texts, 4));
        Assert.IsTrue(double.IsNaN(TextMeasures.DistinctN(texts, 5)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TextMeasures.DistinctN(texts, 0));
    }

    private static TextGenerator Generator(GenerationSettings settings) =>
        new(new FakeDenoiser(FakeTokenizer.Size, FakeTokenizer.Mask), new FakeTokenizer(), settings);
}
