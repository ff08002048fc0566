using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tests.Training;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Writing with a real, tiny model.</summary>
[TestClass]
public sealed class ModelDenoiserTests
{
    private static readonly string[] s_prompts = ["Once", "", "upon a", "ti", "me there", "was", "a", "fox"];

    public static IEnumerable<object[]> Cases =>
        from family in SmallModels.FamilyNames from sampler in
            (string[])["Ancestral", "TopConfidence", "TopConfidence(0.5)"] select new object[] { family, sampler };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Texts_are_a_function_of_prompt_and_seed_whatever_the_threads_and_the_batch(string family, string sampler)
    {
        GenerationSettings settings = Settings(sampler);
        string[] texts = Generate(family, 1, settings, s_prompts);
        CollectionAssert.AreEqual(texts, Generate(family, 1, settings, s_prompts), "again");
        CollectionAssert.AreEqual(texts, Generate(family, 2, settings, s_prompts), "2 threads");
        CollectionAssert.AreEqual(texts, Generate(family, 3, settings with { TokenBudget = 50 }, s_prompts), "3 threads, small batches");
        CollectionAssert.AreEqual(texts, s_prompts.SelectMany(prompt => Generate(family, 1, settings, prompt)).ToArray(), "one by one");
        CollectionAssert.AreNotEqual(texts, Generate(family, 1, settings with { Seed = 2 }, s_prompts), "another seed");
        Assert.IsTrue(texts.All(text => text.Length == 12));
    }

    [TestMethod]
    public void Logits_are_those_of_the_model_for_the_rows_asked_and_some_at_a_time()
    {
        using Engine engine = CpuEngine.Create(1);
        // So many ids that few rows fit the block.
        using MaskedLanguageModel model =
            SmallModels.Create("modernbert", engine, change: c => c with { VocabularySize = 3_000_000, HiddenSize = 4, Layers = 1 });
        model.PrepareForInference();
        int[][] sequences = [[5, 4, 4, 6], [4, 8, 4, 4, 9]];
        using var denoiser = new ModelDenoiser(model, 4);
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        int[] rows = [1, 2, 4, 6, 7];
        float[] all = SmallModels.Logits(model, sequences);
        var handed = new List<(int First, int Count)>();
        int different = 0;
        denoiser.Predict(batch, rows, (first, logits) =>
        {
            int width = denoiser.VocabularySize;
            handed.Add((first, logits.Length / width));
            for (int i = 0; i < logits.Length / width; i++)
            {
                if (!logits.Slice(i * width, width).SequenceEqual(all.AsSpan(rows[first + i] * width, width)))
                    different++;
            }
        });
        Assert.AreEqual(0, different);
        CollectionAssert.AreEqual(new[] { (0, 2), (2, 2), (4, 1) }, handed);
        denoiser.Predict(batch, [], (_, _) => Assert.Fail("no row was asked for"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => denoiser.Predict(batch, [9], (_, _) => { }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ModelDenoiser(model, 3_000_000));
    }

    [TestMethod]
    public void Writing_between_trainings_uses_the_weights_of_the_moment()
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("bert", engine);
        using var denoiser = new ModelDenoiser(model, FakeTokenizer.Mask);
        var generator = new TextGenerator(denoiser, new FakeTokenizer(), Settings("Ancestral"));
        model.PrepareForInference();
        string before = generator.Generate(["Once"])[0].Text;
        Assert.AreEqual(before, generator.Generate(["Once"])[0].Text);

        model.PrepareForTraining();
        Assert.IsTrue(model.IsTrainable);
        Trainer.Run(engine, TrainerTests.Task(model), new TrainingOptions { Epochs = 12, BatchTokens = 60, LearningRate = 1e-2, Seed = 4 });
        string plain = generator.Generate(["Once"])[0].Text;
        Assert.AreNotEqual(before, plain);
        model.PrepareForInference();
        Assert.IsFalse(model.IsTrainable);
        Assert.AreEqual(plain, generator.Generate(["Once"])[0].Text, "packed as plain");
        // It was trained on abcabc…
        Assert.IsGreaterThan(.8, generator.Generate([.. Enumerable.Repeat("", 20)])[0].Text.Count(c => c is 'a' or 'b' or 'c') / 12.0);
    }

    private static GenerationSettings Settings(string sampler) =>
        new() { MaxNewTokens = 12, Steps = 5, MaxLength = 24, Seed = 1, Sampler = Sampler.Parse(sampler) };

    private static string[] Generate(string family, int threads, GenerationSettings settings, params string[] prompts)
    {
        using Engine engine = CpuEngine.Create(threads);
        using MaskedLanguageModel model = TrainerTests.Model(family, engine);
        model.PrepareForInference();
        using var denoiser = new ModelDenoiser(model, FakeTokenizer.Mask);
        return [.. new TextGenerator(denoiser, new FakeTokenizer(), settings).Generate(prompts).Select(text => text.Text)];
    }
}
