using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Mask filling as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class FillMaskTests
{
    private static readonly Input[] s_rows =
    [
        .. Enumerable.Range(0, 150).Select(i => new Input
        {
            Text = (i % 5) switch
            {
                0 => "the <mask> sat",
                1 => null,
                2 => "<mask> on <mask> mat<mask>",
                3 => "the cat",
                _ => $"{i} <mask>",
            },
            Id = i,
        }),
    ];

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath =>
        Path.Combine(Path.GetTempPath(), $"{nameof(FillMaskTests)}-{TestContext.TestName}-{Environment.ProcessId}.zip");

    [TestCleanup]
    public void Delete_the_model() => File.Delete(ModelPath);

    [TestMethod]
    public void Every_row_gets_the_candidates_of_its_masks_one_mask_after_the_other()
    {
        (MLContext mlContext, IDataView data) = Data();
        using FillMaskTransformer transformer = mlContext.Transforms.Text.FillMask("Candidates", "Text", Options()).Fit(data);
        Output[] rows = [.. mlContext.Data.CreateEnumerable<Output>(transformer.Transform(data), reuseRowObject: false)];
        IReadOnlyList<FilledText> filled = transformer.Fill([.. s_rows.Select(row => row.Text ?? "")]);

        Assert.HasCount(s_rows.Length, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            MaskCandidate[] candidates = [.. filled[i].Masks.SelectMany(mask => mask.Candidates)];
            Assert.HasCount(3 * (i % 5) switch { 0 or 4 => 1, 2 => 3, _ => 0 }, candidates);
            CollectionAssert.AreEqual(candidates.Select(candidate => candidate.Text).ToArray(), rows[i].Candidates);
            Contexts.AssertSameInAnyBatch([.. candidates.Select(candidate => (float)candidate.Probability)], rows[i].Score);
            Assert.AreEqual(filled[i].Text, rows[i].Filled);
            Assert.AreEqual(i, rows[i].Id);
        }
        Assert.AreEqual(("", "the cat", "<mask>"), (rows[1].Filled, rows[3].Filled, transformer.Mask));
        for (int i = 0; i < 5; i++)
            Assert.AreEqual(filled[i].Text, transformer.Fill([s_rows[i].Text ?? ""])[0].Text, "alone and in a batch");
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        (MLContext mlContext, IDataView data) = Data();
        using FillMaskTransformer transformer = mlContext.Transforms.Text.FillMask("Candidates", "Text", Options()).Fit(data);
        Output[] expected = [.. mlContext.Data.CreateEnumerable<Output>(transformer.Transform(data), reuseRowObject: false)];
        using PredictionEngine<Input, Output> engine = mlContext.Model.CreatePredictionEngine<Input, Output>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < 10; i++)
        {
            Output output = engine.Predict(s_rows[i]);
            CollectionAssert.AreEqual(expected[i].Candidates, output.Candidates);
            Contexts.AssertSameInAnyBatch(expected[i].Score, output.Score);
            Assert.AreEqual((expected[i].Filled, i), (output.Filled, output.Id));
        }
    }

    [TestMethod]
    public void A_chain_loaded_in_a_fresh_process_fills_the_same()
    {
        (MLContext mlContext, IDataView data) = Data();
        ITransformer model = mlContext.Transforms.CopyColumns("Masked", "Text")
            .Append(mlContext.Transforms.Text.FillMask("Candidates", "Masked", Options())).Fit(data);
        mlContext.Model.Save(model, data.Schema, ModelPath);
        string[] texts = ["the <mask> sat", "<mask> on <mask>", "the cat"];
        string[] expected = [.. model.Transform(mlContext.Data.LoadFromEnumerable(texts.Select(text => new Input { Text = text })))
            .GetColumn<string>("Filled")];

        string[] lines = FreshProcess.LoadAndTransform(ModelPath, "Text", "Filled", texts);

        StringAssert.Contains(lines[0], typeof(FillMaskTransformer).FullName);
        CollectionAssert.AreEqual(
            expected.Select(text => text.Replace("\n", "\\n", StringComparison.Ordinal).Trim()).ToArray(), lines[2..]);
    }

    [TestMethod]
    public void A_saved_transformer_comes_back_as_its_own_type_with_its_settings()
    {
        (MLContext mlContext, IDataView data) = Data();
        FillMaskEstimator.Options options = Options();
        (options.TopK, options.Targets, options.MaxLength, options.FilledColumnName, options.ScoreColumnName) =
            (2, ["cat", "the"], 9, null, "Probabilities");
        using FillMaskTransformer transformer = mlContext.Transforms.Text.FillMask("Candidates", "Text", options).Fit(data);
        using var file = new MemoryStream();
        mlContext.Model.Save(transformer, data.Schema, file);

        using var loaded = (FillMaskTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out DataViewSchema schema);

        CollectionAssert.AreEqual(transformer.Settings.Targets!.ToArray(), loaded.Settings.Targets!.ToArray());
        Assert.AreEqual(transformer.Settings.ToString(), (loaded.Settings with { Targets = transformer.Settings.Targets }).ToString());
        Assert.AreEqual(("Candidates", "Text", "Probabilities", null),
            (loaded.OutputColumnName, loaded.InputColumnName, loaded.ScoreColumnName, loaded.FilledColumnName));
        CollectionAssert.AreEqual(transformer.Fill(["the <mask>"])[0].Masks[0].Candidates.ToArray(),
            loaded.Fill(["the <mask>"])[0].Masks[0].Candidates.ToArray());
        using var again = new MemoryStream();
        Contexts.Create().Model.Save(loaded, schema, again);
        Assert.AreEqual(file.Length, again.Length);
    }

    [TestMethod]
    public void Texts_without_a_mask_and_texts_that_are_cut_are_counted()
    {
        var mlContext = Contexts.Create(seed: 1);
        string far = string.Concat(Enumerable.Repeat(" sat", TinyModel.MaxLength));
        IDataView data = mlContext.Data.LoadFromEnumerable(
        [
            new Input { Text = "the [MASK] sat" }, new Input { Text = "" }, new Input { Text = $"<mask>{far}<mask> <mask>" },
            new Input { Text = $"the{far} <mask>" }, new Input { Text = "a\ud800 <mask>" },
        ]);
        using FillMaskTransformer transformer = mlContext.Transforms.Text.FillMask("Candidates", "Text", Options()).Fit(data);
        var warnings = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        int[] counts = [.. transformer.Transform(data).GetColumn<string[]>("Candidates").Select(candidates => candidates.Length)];
        CollectionAssert.AreEqual(new[] { 0, 0, 3, 0, 3 }, counts);
        Assert.HasCount(3, warnings);
        StringAssert.StartsWith(warnings[0], "2 of 5 texts have no mask, which is spelled <mask> for this model");
        StringAssert.StartsWith(warnings[1], "2 of 5 texts were longer than 32 tokens; the end of each was cut, and with it 3 masks");
        StringAssert.StartsWith(warnings[2], "1 lone surrogates in 5 texts");

        using PredictionEngine<Input, Output> engine =
            mlContext.Model.CreatePredictionEngine<Input, Output>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        var atOnce = new Messages(mlContext, Runtime.ChannelMessageKind.Warning);
        Assert.AreEqual("the cat", engine.Predict(new Input { Text = "the cat" }).Filled);
        Assert.HasCount(2, atOnce);
        Assert.IsEmpty(engine.Predict(new Input { Text = "the dog" }).Candidates);
        Assert.HasCount(2, atOnce, "An engine warns once.");
    }

    [TestMethod]
    public void Schemas_and_options_that_make_no_sense_are_refused_early()
    {
        (MLContext mlContext, IDataView data) = Data();
        StringAssert.Contains(
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.FillMask("Candidates", "Nothing", Options())
                .Fit(data)).Message, "Could not find input column 'Nothing'");
        StringAssert.Contains(
            Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.CopyColumns("Copy", "Id")
                .Append(mlContext.Transforms.Text.FillMask("Candidates", "Copy", Options())).Fit(data)).Message, "'Copy'");
        Refused(options => options.TopK = 0, "TopK is 0");
        Refused(options => options.TopK = 1_000_000, "TopK is 1000000");
        Refused(options => options.Targets = [], "Targets is empty");
        Refused(options => options.Targets = ["hippopotamus"], "'hippopotamus', which is ");
        Refused(options => options.MaxLength = TinyModel.MaxLength + 1, "MaxLength");
        Refused(options => options.MaxLength = -1, "MaxLength is -1");
        Refused(options => options.Threads = -1, "Threads");
        Refused(options => options.Model = null!, "Model");
        Refused(options => options.FilledColumnName = "Score", "Two output columns are named 'Score'");
        Refused(options => options.ScoreColumnName = "Candidates", "Two output columns are named 'Candidates'");
        EncoderModel headless = EncoderModel.FromDirectory(ReadyModels.Sentiment);
        Assert.Throws<CheckpointException>(() =>
            mlContext.Transforms.Text.FillMask("Candidates", "Text", new FillMaskEstimator.Options { Model = headless }).Fit(data));

        void Refused(Action<FillMaskEstimator.Options> change, string named)
        {
            FillMaskEstimator.Options options = Options();
            change(options);
            StringAssert.Contains(Assert.Throws<ArgumentException>(
                () => mlContext.Transforms.Text.FillMask("Candidates", "Text", options), named).Message, named);
        }
    }

    [TestMethod]
    public void Canceling_the_context_stops_it_and_a_disposed_transformer_says_so()
    {
        (MLContext mlContext, IDataView data) = Data();
        FillMaskTransformer transformer = mlContext.Transforms.Text.FillMask("Candidates", "Text", Options()).Fit(data);
        Cancellation.Request(mlContext);
        Assert.Throws<OperationCanceledException>(() => transformer.Transform(data).GetColumn<string[]>("Candidates").ToArray());
        transformer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transformer.Fill(["<mask>"]));
    }

    private static FillMaskEstimator.Options Options() => new() { Model = TinyModel.Model, TopK = 3, FilledColumnName = "Filled" };

    private static (MLContext Context, IDataView Data) Data()
    {
        var mlContext = Contexts.Create(seed: 1);
        return (mlContext, mlContext.Data.LoadFromEnumerable(s_rows));
    }

    private sealed class Input
    {
        public string? Text { get; set; }

        public int Id { get; set; }
    }

    private sealed class Output
    {
        public string[] Candidates { get; set; } = [];

        public float[] Score { get; set; } = [];

        public string? Filled { get; set; }

        public int Id { get; set; }
    }
}
