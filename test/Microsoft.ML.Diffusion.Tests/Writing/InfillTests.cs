using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Infilling as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class InfillTests
{
    private static readonly Input[] s_rows =
    [
        .. Enumerable.Range(0, 41)
            .Select(i => new Input { Template = (i % 6) switch { 0 => null, 1 => "the {2} sat", 2 => "{3}", 3 => "the cat",
                4 => "a {1..3} on the {}.", _ => $"{{2}} on {{{{{i}}}}}" }, Id = i }),
    ];

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath =>
        Path.Combine(Path.GetTempPath(), $"{nameof(InfillTests)}-{TestContext.TestName}-{Environment.ProcessId}.zip");

    [TestCleanup]
    public void Delete_the_model() => File.Delete(ModelPath);

    [TestMethod]
    public void Every_row_gets_its_text_with_the_gaps_filled()
    {
        (MLContext mlContext, IDataView data) = Data();
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", Options()).Fit(data);
        string[] texts = [.. transformer.Transform(data).GetColumn<string>("Text")];

        Assert.HasCount(s_rows.Length, texts);
        CollectionAssert.AreEqual(transformer.Infill([.. s_rows.Select(row => row.Template ?? "")]).Select(text => text.Text)
            .ToArray(), texts);
        for (int i = 0; i < 7; i++)
            Assert.AreEqual(transformer.Infill([s_rows[i].Template ?? ""])[0].Text, texts[i], "alone and in a batch");
        Assert.AreEqual("", texts[0], "A missing template is an empty text.");
        Assert.AreEqual("the cat", texts[3]);
        StringAssert.StartsWith(texts[1], "the ");
        StringAssert.EndsWith(texts[1], " sat");
        Assert.AreNotEqual("the {2} sat", texts[1]);
        StringAssert.EndsWith(texts[5], " on {5}");
        Assert.AreEqual(texts[1], texts[7]);
        foreach (string special in new[] { "<mask>", "<s>", "</s>", "<pad>", "<unk>" })
            Assert.IsFalse(texts.Any(text => text.Contains(special, StringComparison.Ordinal)), special);
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        (MLContext mlContext, IDataView data) = Data();
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", Options()).Fit(data);
        List<Output> expected = [.. mlContext.Data.CreateEnumerable<Output>(transformer.Transform(data), reuseRowObject: false)];
        using PredictionEngine<Input, Output> engine = mlContext.Model.CreatePredictionEngine<Input, Output>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < 12; i++)
        {
            Output output = engine.Predict(s_rows[i]);
            Assert.AreEqual(expected[i].Text, output.Text);
            Assert.AreEqual(i, output.Id);
        }
    }

    [TestMethod]
    public void A_chain_loaded_in_a_fresh_process_writes_the_same()
    {
        (MLContext mlContext, IDataView data) = Data();
        InfillEstimator.Options options = Options();
        options.RequiredWords = ["dog"];
        options.TemplateError = TemplateError.LeaveAsIs;
        ITransformer model = mlContext.Transforms.CopyColumns("Gapped", "Template")
            .Append(mlContext.Transforms.Text.Infill("Text", "Gapped", options))
            .Append(mlContext.Transforms.DropColumns("Gapped"))
            .Fit(data);
        Input[] rows = [.. s_rows.Where(row => row.Template is not null).Take(8)];
        string[] expected = [.. model.Transform(mlContext.Data.LoadFromEnumerable(rows)).GetColumn<string>("Text")];
        mlContext.Model.Save(model, data.Schema, ModelPath);

        string[] lines = FreshProcess.LoadAndTransform(ModelPath, "Template", "Text", [.. rows.Select(row => row.Template!)]);

        StringAssert.Contains(lines[0], typeof(InfillTransformer).FullName);
        CollectionAssert.AreEqual(expected.Select(text => text.Replace("\n", "\\n", StringComparison.Ordinal).Trim())
            .ToArray(), lines[2..]);
    }

    [TestMethod]
    public void A_saved_transformer_comes_back_as_its_own_type_with_its_settings()
    {
        (MLContext mlContext, IDataView data) = Data();
        InfillEstimator.Options options = Options();
        (options.Samples, options.TopK, options.Sampler, options.ShortestGap, options.LongestGap, options.MaxCandidates) =
            (3, 7, Sampler.Threshold(0.4), 2, 5, 9);
        (options.RequiredWords, options.TemplateError, options.RepetitionPenalty) = (["the dog", "cat"], TemplateError.LeaveAsIs, 1.1);
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        using var file = new MemoryStream();
        mlContext.Model.Save(transformer, data.Schema, file);

        using var loaded = (InfillTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out DataViewSchema schema);

        CollectionAssert.AreEqual(transformer.Settings.RequiredWords.ToArray(), loaded.Settings.RequiredWords.ToArray());
        InfillingSettings saved =
            loaded.Settings with { RequiredWords = transformer.Settings.RequiredWords, BannedTokens = transformer.Settings.BannedTokens };
        Assert.AreEqual(transformer.Settings.ToString(), saved.ToString());
        string[] templates = ["{9} on the mat", "the {9}", "{x}"];
        string[] first = [.. transformer.Infill(templates).Select(text => text.Text)];
        Assert.HasCount(9, first);
        CollectionAssert.AreEqual(first, loaded.Infill(templates).Select(text => text.Text).ToArray());
        using var again = new MemoryStream();
        Contexts.Create().Model.Save(loaded, schema, again);
        Assert.AreEqual(file.Length, again.Length);
    }

    [TestMethod]
    public void Several_samples_make_a_vector()
    {
        (MLContext mlContext, IDataView data) = Data();
        InfillEstimator.Options options = Options();
        options.Samples = 3;
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        IDataView written = transformer.Transform(data);
        Assert.AreEqual(3, ((VectorDataViewType)written.Schema["Text"].Type).Size);
        string[][] texts = [.. written.GetColumn<VBuffer<ReadOnlyMemory<char>>>("Text")
            .Select(vector => vector.DenseValues().Select(text => text.ToString()).ToArray())];
        Assert.HasCount(s_rows.Length, texts);
        Assert.AreNotEqual(texts[2][0], texts[2][1]);
        CollectionAssert.AreEqual(new[] { "the cat", "the cat", "the cat" }, texts[3]);
        Assert.AreEqual(Texts(mlContext, data, Options())[2], texts[2][0], "the first sample does not depend on how many there are");
    }

    [TestMethod]
    public void Traces_are_those_of_the_texts_that_were_kept()
    {
        (MLContext mlContext, IDataView data) = Data();
        InfillEstimator.Options options = Options();
        (options.TraceColumnName, options.Samples) = ("Trace", 2);
        using InfillTransformer made = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        using var file = new MemoryStream();
        mlContext.Model.Save(made, data.Schema, file);
        using var transformer = (InfillTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out _);
        IReadOnlyList<InfilledText> texts = transformer.Infill([.. s_rows.Select(row => row.Template ?? "")]);
        string[][] traces = [.. transformer.Transform(data).GetColumn<VBuffer<ReadOnlyMemory<char>>>("Trace")
            .Select(vector => vector.DenseValues().Select(text => text.ToString()).ToArray())];
        for (int i = 0; i < texts.Count; i++)
        {
            string json = traces[i / 2][i % 2];
            if (texts[i].Gaps.Count == 0)
            {
                Assert.AreEqual("", json);
                continue;
            }
            DenoisingTrace trace = DenoisingTrace.FromJson(json);
            int[] start = [.. trace.Start], written = trace.Replay();
            int[] gaps = [.. texts[i].Gaps.SelectMany(gap => gap.TokenIds)];
            IEnumerable<int> masked = Enumerable.Range(0, start.Length).Where(place => start[place] == trace.MaskToken);
            CollectionAssert.AreEqual(gaps, masked.Select(place => written[place]).ToArray());
        }
        InfillEstimator.Options same = Options();
        same.TraceColumnName = "Text";
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => mlContext.Transforms.Text.Infill("Text", "Template", same)).Message,
            "TraceColumnName");
    }

    [TestMethod]
    public void What_cannot_be_filled_is_refused_by_name_or_left_and_counted()
    {
        var mlContext = Contexts.Create(seed: 1);
        Input[] rows = [new Input { Template = "the {2} sat" }, new Input { Template = "{no}" }, new Input { Template = "{99}" },
            new Input { Template = "a\ud800 {1}" }];
        IDataView data = mlContext.Data.LoadFromEnumerable(rows);
        using InfillTransformer strict = mlContext.Transforms.Text.Infill("Text", "Template", Options()).Fit(data);
        IEnumerable<string> texts = strict.Transform(data).GetColumn<string>("Text");
        Assert.AreEqual(strict.Infill(["the {2} sat"])[0].Text, texts.First(), "A refused row does not take others with it.");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => texts.ToArray()).Message, "'{no}' is not a gap");

        InfillEstimator.Options options = Options();
        options.TemplateError = TemplateError.LeaveAsIs;
        var warnings = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        string[] left = Texts(mlContext, data, options);
        CollectionAssert.AreEqual(new[] { "{no}", "{99}" }, left[1..3]);
        Assert.AreEqual(strict.Infill(["the {2} sat"])[0].Text, left[0]);
        StringAssert.StartsWith(left[3], "a\ud800 ");
        Assert.HasCount(2, warnings);
        StringAssert.StartsWith(warnings[0], "2 of 4 templates could not be filled");
        StringAssert.Contains(warnings[0], "'{no}' is not a gap");
        StringAssert.StartsWith(warnings[1], "1 lone surrogates in 4 templates");

        using InfillTransformer lenient = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        using PredictionEngine<Input, Output> engine =
            mlContext.Model.CreatePredictionEngine<Input, Output>(lenient, new PredictionEngineOptions { OwnsTransformer = false });
        var atOnce = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        Assert.AreEqual("{no}", engine.Predict(rows[1]).Text);
        Assert.HasCount(2, atOnce);
        Assert.AreEqual("{99}", engine.Predict(rows[2]).Text);
        Assert.HasCount(2, atOnce, "An engine warns once.");
    }

    [TestMethod]
    public void A_mask_where_a_gap_was_meant_is_warned_of_once()
    {
        var mlContext = Contexts.Create(seed: 1);
        Input[] rows = [new Input { Template = "the [MASK] sat" }, new Input { Template = "the <mask> sat" },
            new Input { Template = "the <mask> and a {1}" }, new Input { Template = "no gap" }];
        IDataView data = mlContext.Data.LoadFromEnumerable(rows);
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", Options()).Fit(data);
        var warnings = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        CollectionAssert.AreEqual(rows[..2].Select(row => row.Template).ToArray(),
            transformer.Transform(data).GetColumn<string>("Text").ToArray()[..2]);
        Assert.HasCount(1, warnings);
        Assert.AreEqual("2 of 4 templates have a mask token's name, such as '[MASK]', and no gap: the name is plain text in a template, " +
            "and they were left unchanged. Write '{1}' for a gap of one token, or use FillMask, in which this model's mask is spelled " +
            "'<mask>'.", warnings[0]);

        using PredictionEngine<Input, Output> engine =
            mlContext.Model.CreatePredictionEngine<Input, Output>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        var atOnce = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        Assert.AreEqual("no gap", engine.Predict(rows[3]).Text);
        Assert.HasCount(0, atOnce);
        engine.Predict(rows[1]);
        engine.Predict(rows[0]);
        Assert.HasCount(2, atOnce, "The warning, and that further ones are not logged.");
        StringAssert.StartsWith(atOnce[0], "1 of 2 templates have a mask token's name, such as '<mask>'");
    }

    [TestMethod]
    public void Schemas_and_options_that_make_no_sense_are_refused_early()
    {
        (MLContext mlContext, IDataView data) = Data();
        StringAssert.Contains(
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.Infill("Text", "Nothing", Options())
                .Fit(data)).Message, "Could not find input column 'Nothing'");
        StringAssert.Contains(
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.CopyColumns("Copy", "Id")
                .Append(mlContext.Transforms.Text.Infill("Text", "Copy", Options())).Fit(data)).Message, "'Copy'");
        Refused(options => options.ShortestGap = 0, "ShortestGap");
        Refused(options => options.LongestGap = 0, "LongestGap");
        Refused(options => options.MaxCandidates = 0, "MaxCandidates");
        Refused(options => options.RequiredWords = null!, "RequiredWords");
        Refused(options => options.RequiredWords = [" a"], "RequiredWords");
        Refused(options => options.TemplateError = (TemplateError)7, "TemplateError");
        Refused(options => options.Samples = 0, "Samples");
        Refused(options => options.Steps = 0, "Steps");
        Refused(options => options.Model = null!, "Model");

        void Refused(Action<InfillEstimator.Options> change, string named)
        {
            InfillEstimator.Options options = Options();
            change(options);
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => mlContext.Transforms.Text.Infill("Text", "Template", options),
                named).Message, named);
        }
    }

    [TestMethod]
    public void Canceling_the_context_stops_it_and_a_disposed_transformer_says_so()
    {
        (MLContext mlContext, IDataView data) = Data();
        InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", Options()).Fit(data);
        Cancellation.Request(mlContext);
        Assert.Throws<OperationCanceledException>(() => transformer.Transform(data).GetColumn<string>("Text").ToArray());
        transformer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transformer.Infill(["{1}"]));
    }

    private static InfillEstimator.Options Options() =>
        new() { Model = TinyModel.Model, Steps = 4, Temperature = 1, TopP = 1, LongestGap = 4, Seed = 11 };

    private static string[] Texts(MLContext mlContext, IDataView data, InfillEstimator.Options options)
    {
        using InfillTransformer transformer = mlContext.Transforms.Text.Infill("Text", "Template", options).Fit(data);
        return [.. transformer.Transform(data).GetColumn<string>("Text")];
    }

    private static (MLContext Context, IDataView Data) Data()
    {
        var mlContext = Contexts.Create(seed: 1);
        return (mlContext, mlContext.Data.LoadFromEnumerable(s_rows));
    }

    private sealed class Input
    {
        public string? Template { get; set; }

        public int Id { get; set; }
    }

    private sealed class Output
    {
        public string? Text { get; set; }

        public int Id { get; set; }
    }
}
