using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Prompts as they occur in data: missing, malformed, too long.</summary>
[TestClass]
public sealed class PromptTests
{
    private readonly MLContext _context = Contexts.Create(seed: 1);

    [TestMethod]
    public void A_missing_prompt_is_an_empty_one()
    {
        string[] texts = Write(PromptTooLong.Error, null, "", "the");
        Assert.AreEqual(texts[1], texts[0]);
        Assert.AreNotEqual(texts[2], texts[0]);
    }

    [TestMethod]
    public void Odd_characters_are_prompts_like_any_other()
    {
        string[] prompts = ["a\0b", "\0", "\u0001\u001b[31m\u007f", "\r\n\t ", "\u202e\u200d\ufeff", "\U0001F600",
            "<mask><s></s>", "{0} {1:x"];
        string[] texts = Write(PromptTooLong.Error, prompts);
        Assert.HasCount(prompts.Length, texts);
        for (int i = 0; i < prompts.Length; i++)
            Assert.AreEqual(texts[i], Write(PromptTooLong.Error, prompts[i])[0], "alone and in a batch");
    }

    [TestMethod]
    public void A_very_long_prompt_is_refused_by_name_or_keeps_its_end()
    {
        string end = string.Concat(Enumerable.Repeat(" dog", 30)), longer = new string('x', 1_000_000) + end;
        CollectionAssert.AreEqual(Write(PromptTooLong.KeepEnd, end), Write(PromptTooLong.KeepEnd, longer));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Write(PromptTooLong.Error, "a", longer));
        StringAssert.Contains(refused.Message, "It begins 'xxxx");
        StringAssert.Contains(refused.Message, "PromptTooLong = KeepEnd");
    }

    [TestMethod]
    public void A_refused_prompt_does_not_take_other_rows_with_it()
    {
        IDataView data = _context.Data.LoadFromEnumerable(
            new[] { "a", "the", new string('x', 1000), "b" }.Select(prompt => new SharingTests.Input { Prompt = prompt }).ToArray());
        using DiffusionGenerateTransformer transformer =
            _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", DiffusionGenerateTests.Options()).Fit(data);
        IEnumerable<string> stories = transformer.Transform(data).GetColumn<string>("Story");
        CollectionAssert.AreEqual(transformer.Generate(["a", "the"]).Select(text => text.Text).ToArray(), stories.Take(2).ToArray());
        Assert.Throws<ArgumentException>(() => stories.Take(3).ToArray());
    }

    private string[] Write(PromptTooLong policy, params string?[] prompts)
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        options.PromptTooLong = policy;
        IDataView data = _context.Data.LoadFromEnumerable(prompts.Select(prompt => new SharingTests.Input { Prompt = prompt }).ToArray());
        using DiffusionGenerateTransformer transformer = _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
        string[] written = [.. transformer.Transform(data).GetColumn<string>("Story")];
        using PredictionEngine<SharingTests.Input, SharingTests.Output> engine =
            _context.Model.CreatePredictionEngine<SharingTests.Input, SharingTests.Output>(transformer,
                new PredictionEngineOptions { OwnsTransformer = false });
        CollectionAssert.AreEqual(written,
            prompts.Select(prompt => engine.Predict(new SharingTests.Input { Prompt = prompt }).Story).ToArray());
        return written;
    }
}
