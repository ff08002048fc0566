using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The generator as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class DiffusionGenerateTests
{
    private static readonly Input[] s_rows =
        [.. Enumerable.Range(0, 75)
            .Select(i => new Input { Prompt =
                (i % 5) switch { 0 => "", 1 => "the cat", 2 => "the dog sat", 3 => "a", _ => $"on {i}" }, Id = i })];

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath =>
        Path.Combine(Path.GetTempPath(), $"{nameof(DiffusionGenerateTests)}-{TestContext.TestName}-{Environment.ProcessId}.zip");

    [TestCleanup]
    public void Delete_the_model() => File.Delete(ModelPath);

    [TestMethod]
    public void Every_row_gets_a_text_that_depends_on_its_prompt_alone()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        string[] stories = [.. transformer.Transform(data).GetColumn<string>("Story")];

        Assert.HasCount(s_rows.Length, stories);
        Assert.AreEqual(s_rows.Length / 5, stories.Where((_, i) => i % 5 == 1 && stories[i] == stories[1]).Count(),
            "equal prompts get equal texts");
        CollectionAssert.AreEqual(transformer.Generate([.. s_rows.Select(row => row.Prompt!)]).Select(text => text.Text)
            .ToArray(), stories);
        for (int i = 0; i < 6; i++)
            Assert.AreEqual(transformer.Generate([s_rows[i].Prompt!])[0].Text, stories[i], "alone and in a batch");
        Assert.IsGreaterThan(3, stories.Distinct().Count());
        foreach (string special in new[] { "<mask>", "<s>", "</s>", "<pad>", "<unk>" })
            Assert.IsFalse(stories.Any(story => story.Contains(special, StringComparison.Ordinal)), special);
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        List<Output> expected = [.. mlContext.Data.CreateEnumerable<Output>(transformer.Transform(data), reuseRowObject: false)];
        using PredictionEngine<Input, Output> engine = mlContext.Model.CreatePredictionEngine<Input, Output>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < 10; i++)
        {
            Output output = engine.Predict(s_rows[i]);
            Assert.AreEqual(expected[i].Story, output.Story);
            Assert.AreEqual(i, output.Id);
        }
    }

    [TestMethod]
    public void A_chain_loaded_in_a_fresh_process_writes_the_same()
    {
        (MLContext mlContext, IDataView data) = Data();
        ITransformer model = mlContext.Transforms.CopyColumns("Beginning", "Prompt")
            .Append(mlContext.Transforms.Text.DiffusionGenerate("Story", "Beginning", Options()))
            .Append(mlContext.Transforms.CopyColumns("Tale", "Story"))
            .Append(mlContext.Transforms.DropColumns("Beginning"))
            .Fit(data);
        string[] expected = [.. model.Transform(data).GetColumn<string>("Tale").Take(10)];
        mlContext.Model.Save(model, data.Schema, ModelPath);

        string[] lines = FreshProcess.LoadAndTransform(ModelPath, "Prompt", "Tale", [.. s_rows.Take(10).Select(row => row.Prompt!)]);

        StringAssert.Contains(lines[0], typeof(DiffusionGenerateTransformer).FullName);
        CollectionAssert.AreEqual(expected.Select(text => text.Replace("\n", "\\n", StringComparison.Ordinal).Trim())
            .ToArray(), lines[2..]);
    }

    [TestMethod]
    public void A_saved_transformer_comes_back_as_its_own_type_with_its_settings()
    {
        (MLContext mlContext, IDataView data) = Data();
        DiffusionGenerateEstimator.Options options = Options();
        (options.Samples, options.TopK, options.TopP, options.Sampler, options.Schedule) =
            (3, 7, 0.8, Sampler.TopConfidence(0.5), MaskSchedule.Linear);
        using DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
        using var file = new MemoryStream();
        mlContext.Model.Save(transformer, data.Schema, file);

        using var loaded = (DiffusionGenerateTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()),
            out DataViewSchema schema);

        Assert.AreEqual("Prompt, Id", string.Join(", ", schema.Select(column => column.Name)));
        Assert.AreEqual(transformer.Settings.ToString(), loaded.Settings.ToString());
        string[] first = [.. transformer.Generate(["the cat", ""]).Select(text => text.Text)];
        Assert.HasCount(6, first);
        CollectionAssert.AreEqual(first, loaded.Generate(["the cat", ""]).Select(text => text.Text).ToArray());
        using var again = new MemoryStream();
        Contexts.Create().Model.Save(loaded, schema, again);
        Assert.AreEqual(file.Length, again.Length);
    }

    [TestMethod]
    public void Several_samples_make_a_vector()
    {
        (MLContext mlContext, IDataView data) = Data();
        DiffusionGenerateEstimator.Options options = Options();
        options.Samples = 3;
        using DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
        IDataView written = transformer.Transform(data);
        Assert.AreEqual(3, ((VectorDataViewType)written.Schema["Story"].Type).Size);
        string[][] stories = [.. written.GetColumn<VBuffer<ReadOnlyMemory<char>>>("Story")
            .Select(vector => vector.DenseValues().Select(text => text.ToString()).ToArray())];
        Assert.HasCount(s_rows.Length, stories);
        Assert.HasCount(3, stories[0]);
        Assert.AreNotEqual(stories[0][0], stories[0][1]);
        Assert.AreEqual(Texts(mlContext, data, Options())[0], stories[0][0], "the first sample does not depend on how many there are");
    }

    [TestMethod]
    public void The_seed_decides()
    {
        (MLContext mlContext, IDataView data) = Data();
        string[] texts = Texts(mlContext, data, Options(seed: 1));
        CollectionAssert.AreEqual(texts, Texts(Contexts.Create(seed: 99), data, Options(seed: 1)));
        CollectionAssert.AreNotEqual(texts, Texts(mlContext, data, Options(seed: 2)));

        string[] drawn = Texts(Contexts.Create(seed: 3), data, Options(seed: null));
        CollectionAssert.AreEqual(drawn, Texts(Contexts.Create(seed: 3), data, Options(seed: null)),
            "a null seed is drawn from the context's");
        CollectionAssert.AreNotEqual(drawn, Texts(Contexts.Create(seed: 4), data, Options(seed: null)));
    }

    [TestMethod]
    public void Columns_that_are_not_asked_for_are_not_written()
    {
        var mlContext = Contexts.Create(seed: 1);
        IDataView data =
            mlContext.Data.LoadFromEnumerable([new Input { Prompt = string.Concat(Enumerable.Repeat("the cat ", 50)), Id = 7 }]);
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        IDataView written = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { 7 }, written.GetColumn<int>("Id").ToArray());
        Exception tooLong = Assert.Throws<ArgumentException>(() => written.GetColumn<string>("Story").ToArray());
        StringAssert.Contains(tooLong.Message, "KeepEnd");
    }

    [TestMethod]
    public void What_is_cut_or_replaced_is_counted_and_warned_of()
    {
        var mlContext = Contexts.Create(seed: 1);
        var warnings = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        IDataView data = mlContext.Data.LoadFromEnumerable(
            [new Input { Prompt = string.Concat(Enumerable.Repeat("the cat ", 50)) }, new Input { Prompt = "a\ud800b\udc00" },
                new Input { Prompt = "ok" }]);
        DiffusionGenerateEstimator.Options options = Options();
        options.PromptTooLong = PromptTooLong.KeepEnd;
        Assert.HasCount(3, Texts(mlContext, data, options));
        Assert.HasCount(2, warnings);
        StringAssert.StartsWith(warnings[0], "1 of 3 prompts");
        StringAssert.StartsWith(warnings[1], "2 lone surrogates in 3 prompts");
    }

    [TestMethod]
    public void Cached_and_shuffled_rows_keep_their_texts()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        string[] texts = Texts(mlContext, data, Options());
        IDataView cached = mlContext.Data.Cache(transformer.Transform(data));
        for (int pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(texts, cached.GetColumn<string>("Story").ToArray());
        IDataView shuffled = mlContext.Data.ShuffleRows(transformer.Transform(data), seed: 3);
        foreach (Output row in mlContext.Data.CreateEnumerable<Output>(shuffled, reuseRowObject: false))
            Assert.AreEqual(texts[row.Id], row.Story);
    }

    [TestMethod]
    public void A_new_column_of_an_old_name_hides_it()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Prompt", options: Options()).Fit(data);
        CollectionAssert.AreEqual(Texts(mlContext, data, Options()), transformer.Transform(data).GetColumn<string>("Prompt").ToArray());
    }

    [TestMethod]
    public void Looking_at_the_first_rows_writes_few()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        DataDebuggerPreview preview = transformer.Transform(data).Preview(maxRows: 2);
        Assert.HasCount(2, preview.RowView);
        Assert.AreEqual(Texts(mlContext, data, Options())[1],
            preview.RowView[1].Values.Single(value => value.Key == "Story").Value.ToString());
    }

    [TestMethod]
    public void A_schema_that_does_not_fit_is_refused_at_fit()
    {
        (MLContext mlContext, IDataView data) = Data();
        Exception absent =
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.DiffusionGenerate("Story", "Nothing",
                Options()).Fit(data));
        StringAssert.Contains(absent.Message, "Could not find input column 'Nothing'");
        Exception number =
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.DiffusionGenerate("Story", "Id",
                Options()).Fit(data));
        StringAssert.Contains(number.Message, "Schema mismatch for input column 'Id': expected String, got Int32");
        Exception inChain = Assert.Throws<ArgumentOutOfRangeException>(() =>
            mlContext.Transforms.CopyColumns("Copy", "Id")
                .Append(mlContext.Transforms.Text.DiffusionGenerate("Story", "Copy", Options())).Fit(data));
        StringAssert.Contains(inChain.Message, "'Copy'");
    }

    [TestMethod]
    public void Options_that_make_no_sense_are_refused_when_the_estimator_is_made()
    {
        var mlContext = Contexts.Create(seed: 1);
        Refused(options => options.MaxNewTokens = 0, "MaxNewTokens");
        Refused(options => options.MaxNewTokens = TinyModel.MaxLength - 1, "MaxNewTokens");
        Refused(options => options.Steps = 0, "Steps");
        Refused(options => options.Temperature = double.NaN, "Temperature");
        Refused(options => options.TopK = -1, "TopK");
        Refused(options => options.TopP = 0, "TopP");
        Refused(options => options.Steps = int.MaxValue, "Steps");
        Refused(options => options.Samples = 0, "Samples");
        Refused(options => options.Samples = int.MaxValue, "Samples");
        Refused(options => options.Schedule = null!, "Schedule");
        Refused(options => options.Sampler = null!, "Sampler");
        Refused(options => options.PromptTooLong = (PromptTooLong)9, "PromptTooLong");
        Refused(options => options.Model = null!, "Model");
        Exception absent =
            Assert.Throws<CheckpointException>(() => EncoderModel.FromDirectory(Path.Combine(Path.GetTempPath(), "no-such-model")));
        StringAssert.Contains(absent.Message, "no-such-model");

        void Refused(Action<DiffusionGenerateEstimator.Options> change, string named)
        {
            DiffusionGenerateEstimator.Options options = Options();
            change(options);
            ArgumentException exception =
                Assert.Throws<ArgumentException>(() => mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options), named);
            StringAssert.Contains(exception.Message, named);
        }
    }

    [TestMethod]
    public void Canceling_the_context_stops_writing()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        Cancellation.Request(mlContext);
        Assert.Throws<OperationCanceledException>(() => transformer.Transform(data).GetColumn<string>("Story").ToArray());
    }

    [TestMethod]
    public void Canceling_the_context_or_the_token_stops_a_text_that_is_being_written()
    {
        (MLContext mlContext, IDataView data) = Data();
        DiffusionGenerateEstimator.Options options = Options();
        options.Steps = 1_000_000;
        using DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => transformer.Generate(["a"], new AtFirstStep(source.Cancel), source.Token));
        Assert.Throws<OperationCanceledException>(() => transformer.Generate(["a"],
            new AtFirstStep(() => Cancellation.Request(mlContext))));
    }

    [TestMethod]
    public void Damaged_models_give_clear_errors()
    {
        (MLContext mlContext, IDataView data) = Data();
        using DiffusionGenerateTransformer transformer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        mlContext.Model.Save(transformer, data.Schema, ModelPath);
        Damage("tokenizer.json", content => content[..(content.Length / 2)]);
        Damage("model.safetensors", content => content[..^100]);
        Damage("config.json", _ => "{}"u8.ToArray());
        Damage("merges.txt", _ => null);

        void Damage(string name, Func<byte[], byte[]?> change)
        {
            var damaged = new MemoryStream();
            using (System.IO.Compression.ZipArchive source = System.IO.Compression.ZipFile.OpenRead(ModelPath))
            using (var target = new System.IO.Compression.ZipArchive(damaged, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (System.IO.Compression.ZipArchiveEntry entry in source.Entries)
                {
                    using Stream from = entry.Open();
                    using var content = new MemoryStream();
                    from.CopyTo(content);
                    byte[]? kept = entry.Name == name ? change(content.ToArray()) : content.ToArray();
                    if (kept is null)
                        continue;
                    using Stream to = target.CreateEntry(entry.FullName).Open();
                    to.Write(kept);
                }
            }
            damaged.Position = 0;
            Exception exception = Assert.Throws<Exception>(() => Contexts.Create().Model.Load(damaged, out _), name);
            string all = exception.ToString();
            StringAssert.Contains(all, nameof(FormatException), name);
            StringAssert.Contains(all, name);
        }
    }

    [TestMethod]
    public void A_disposed_transformer_says_so()
    {
        (MLContext mlContext, IDataView data) = Data();
        DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(data);
        transformer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transformer.Generate([""]));
    }

    [TestMethod]
    public void Supported_versions_of_MLNET_are_a_closed_range()
    {
        foreach (string version in new[] { "5.0.0", "5.0.1", "5.0.0+8a5e2c1", "5.0.0-preview.1" })
            Assert.IsTrue(MLNetVersion.IsSupported(version), version);
        foreach (string version in new[] { "4.0.2", "5.1.0", "6.0.0+x", "unknown", "" })
            Assert.IsFalse(MLNetVersion.IsSupported(version), version);
        Assert.AreEqual(
            "Diffusion.ML uses internals of Microsoft.ML and needs a version from 5.0.0 to below 5.1.0, but this process " +
                "has loaded 6.0.0+x."
            + " Reference a version in that range, or a Diffusion.ML that is built for yours.",
            MLNetVersion.Refusal("6.0.0+x"));
    }

    internal static DiffusionGenerateEstimator.Options Options(int? seed = 11) => new()
    {
        Model = TinyModel.Model,
        MaxNewTokens = 8,
        Steps = 4,
        Temperature = 1,
        TopP = 1,
        Seed = seed,
    };

    private static string[] Texts(MLContext mlContext, IDataView data, DiffusionGenerateEstimator.Options options)
    {
        using DiffusionGenerateTransformer transformer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
        return [.. transformer.Transform(data).GetColumn<string>("Story")];
    }

    private static (MLContext Context, IDataView Data) Data()
    {
        var mlContext = Contexts.Create(seed: 1);
        return (mlContext, mlContext.Data.LoadFromEnumerable(s_rows));
    }

    /// <summary>Does something at the first step; afterwards each takes a while, so that the last is far away.</summary>
    private sealed class AtFirstStep(Action action) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            if (completedSteps == 1)
                action();
            Thread.Sleep(1);
        }
    }

    private sealed class Input
    {
        public string? Prompt { get; set; }

        public int Id { get; set; }
    }

    private sealed class Output
    {
        public string? Story { get; set; }

        public int Id { get; set; }
    }
}
