using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Every setting of Core is an option, does what it says, and comes back from a .zip.</summary>
[TestClass]
public sealed class GenerationOptionsTests
{
    private static readonly MLContext s_context = Contexts.Create(seed: 1);
    private static readonly IDataView s_data =
        s_context.Data.LoadFromEnumerable([new Input { Prompt = "the cat" }, new Input { Prompt = "" }]);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Every_setting_of_Core_is_reached()
    {
        Tokenizer tokenizer = TinyModel.Model.Tokenizer;
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        (options.RepetitionPenalty, options.Guidance, options.MinimumLength, options.EndOfText) = (1.2, .5, 2, TextEnd.Text("\n"));
        (options.BannedWords, options.BannedTokens) = (["the"], [7]);
        using DiffusionGenerateTransformer transformer = Fit(options);
        GenerationSettings settings = transformer.Settings;
        Assert.AreEqual((1.2, .5, 2), (settings.RepetitionPenalty, settings.Guidance, settings.MinimumLength));
        Assert.AreEqual("\n", tokenizer.Decode([settings.EndOfText!.Value]));
        Assert.AreEqual(" the|7|the",
            string.Join('|', settings.BannedTokens.Select(id => id == 7 ? "7" : tokenizer.Decode([id])).Order(StringComparer.Ordinal)));

        options.EndOfText = TextEnd.ClosingToken;
        using DiffusionGenerateTransformer closing = Fit(options);
        Assert.AreEqual(tokenizer.EndToken, closing.Settings.EndOfText);
        // What has no option: what the model says, and what changes no result.
        string[] options_ = [.. typeof(DiffusionGenerateEstimator.Options).GetProperties().Select(property => property.Name)];
        string[] missing = [.. typeof(GenerationSettings).GetProperties().Select(property => property.Name).Except(options_)
            .Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(new[] { "MaxLength", "TokenBudget" }, missing);
    }

    [TestMethod]
    public void They_do_what_they_say()
    {
        Tokenizer tokenizer = TinyModel.Model.Tokenizer;
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        (options.Samples, options.MaxNewTokens) = (40, 12);
        int[] written = Written(options);
        int common = written.Where(id => char.IsAscii(tokenizer.Decode([id])[0])).CountBy(id => id).MaxBy(count => count.Value).Key;

        options.BannedTokens = [common];
        CollectionAssert.DoesNotContain(Written(options), common);
        options.BannedTokens = [];

        options.RepetitionPenalty = 1e6;
        using (DiffusionGenerateTransformer penalised = Fit(options))
        {
            int repeated = penalised.Generate([""]).Count(text => text.TokenIds.Count > text.TokenIds.Distinct().Count());
            options.RepetitionPenalty = 1;
            using DiffusionGenerateTransformer plain = Fit(options);
            // Only tokens of one step do not see each other.
            Assert.IsLessThan(plain.Generate([""]).Count(text => text.TokenIds.Count > text.TokenIds.Distinct().Count()), repeated);
        }

        string spelled = tokenizer.Decode([common]);
        options.EndOfText = TextEnd.Text(spelled);
        using (DiffusionGenerateTransformer ends = Fit(options))
        {
            IReadOnlyList<GeneratedText> texts = ends.Generate([""]);
            Assert.IsTrue(texts.Any(text => text.TokenIds.Count < 12) && texts.All(text => !text.TokenIds.Contains(common)));
        }
        options.MinimumLength = 5;
        using (DiffusionGenerateTransformer atLeast = Fit(options))
            Assert.IsTrue(atLeast.Generate([""]).All(text => text.TokenIds.Count >= 5));
    }

    [TestMethod]
    public void Everything_comes_back_from_a_zip_in_a_fresh_process()
    {
        Tokenizer tokenizer = TinyModel.Model.Tokenizer;
        TokenHistogram histogram = new(tokenizer.VocabularySize);
        for (int id = 0; id < tokenizer.VocabularySize; id++)
            histogram.Add(id, id * id % 97);
        foreach (MaskSchedule schedule in
            new[] { MaskSchedule.Spindle(.3, histogram), MaskSchedule.Discrete(.2, .7, 1), MaskSchedule.Polynomial(2) })
        {
            DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
            (options.Schedule, options.Sampler, options.RepetitionPenalty, options.Guidance, options.BannedTokens) =
                (schedule, Sampler.Ancestral(), 1.3, .25, [9, 300 % tokenizer.VocabularySize]);
            (options.EndOfText, options.MinimumLength) = (TextEnd.Text("a"), 3);
            string path = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.zip");
            try
            {
                TransformerChain<DiffusionGenerateTransformer> chain = s_context.Transforms.CopyColumns("Beginning", "Prompt")
                    .Append(s_context.Transforms.Text.DiffusionGenerate("Story", "Beginning", options)).Fit(s_data);
                s_context.Model.Save(chain, s_data.Schema, path);
                using DiffusionGenerateTransformer loaded = ((TransformerChain<ITransformer>)s_context.Model.Load(path, out _))
                    .OfType<DiffusionGenerateTransformer>().Single();
                Assert.AreEqual(Text(chain.LastTransformer.Settings), Text(loaded.Settings));
                Assert.AreEqual(schedule.ToText(), loaded.Settings.Schedule.ToText());
                CollectionAssert.AreEqual(
                    chain.LastTransformer.Generate(["the cat", ""])
                        .Select(text => text.Text.Trim().Replace("\n", "\\n", StringComparison.Ordinal)).ToArray(),
                    FreshProcess.LoadAndTransform(path, "Prompt", "Story", "the cat", "")[2..].Concat(["", ""]).Take(2)
                        .ToArray(), schedule.Name);
            }
            finally
            {
                File.Delete(path);
            }
        }

        static string Text(GenerationSettings settings) =>
            (settings with { BannedTokens = [] }).ToString() + string.Join(' ', settings.BannedTokens);
    }

    [TestMethod]
    public void A_schedule_of_delegates_writes_but_is_not_saved()
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        options.Schedule = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t);
        using DiffusionGenerateTransformer transformer = Fit(options);
        Assert.HasCount(1, transformer.Generate(["a"]));
        Exception refused =
            Assert.Throws<InvalidOperationException>(() => s_context.Model.Save(transformer, s_data.Schema, new MemoryStream()));
        StringAssert.Contains(refused.Message, "MaskSchedule.Discrete");
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        Refused(options => options.RepetitionPenalty = .5, "RepetitionPenalty");
        Refused(options => options.Guidance = -1, "Guidance");
        Refused(options => options.MinimumLength = 3, "EndOfText");
        Refused(options => options.EndOfText = null!, "EndOfText");
        Refused(options => options.EndOfText = TextEnd.Text("a long text"), "EndOfText has 'a long text'", "tokens");
        Refused(options => options.BannedWords = null!, "BannedWords");
        Refused(options => options.BannedWords = [""], "empty word");
        Refused(options => options.BannedWords = ["zebra"], "BannedWords has 'zebra'", "5 tokens in the model's vocabulary (z e b r a)");
        Refused(options => options.BannedTokens = null!, "BannedTokens");
        Refused(options => options.BannedTokens = [-1], "BannedTokens has -1");
        Refused(options => options.BannedTokens = [100_000], "0 to ");
        Refused(options => (options.EndOfText, options.BannedWords) = (TextEnd.Text("a"), ["a"]), "which is also EndOfText");
        Refused(options => options.Schedule = MaskSchedule.Clipped(.3, .8), "training only", "Linear");
        Assert.Throws<ArgumentException>(() => TextEnd.Text(""));

        static void Refused(Action<DiffusionGenerateEstimator.Options> change, params string[] parts)
        {
            DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
            change(options);
            ArgumentException exception =
                Assert.Throws<ArgumentException>(() => s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options), parts[0]);
            foreach (string part in parts)
                StringAssert.Contains(exception.Message, part);
        }
    }

    private static int[] Written(DiffusionGenerateEstimator.Options options)
    {
        using DiffusionGenerateTransformer transformer = Fit(options);
        return [.. transformer.Generate([""]).SelectMany(text => text.TokenIds)];
    }

    private static DiffusionGenerateTransformer Fit(DiffusionGenerateEstimator.Options options) =>
        s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(s_data);

    private sealed class Input
    {
        public string? Prompt { get; set; }
    }
}
