using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Toy;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A component written as ML.NET's own are goes the whole way: fit, transform, save, load, predict, alone and in a chain.</summary>
[TestClass]
public sealed class ToyTransformerTests
{
    private static readonly Input[] _rows = [new() { Text = "abc" }, new() { Text = "" }, new() { Text = "xy" }];

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath => Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.zip");

    [TestCleanup]
    public void Delete_the_model() => File.Delete(ModelPath);

    [TestMethod]
    public void A_chain_loaded_in_a_fresh_process_gives_the_same()
    {
        var mlContext = new MLContext(seed: 7);
        IDataView data = mlContext.Data.LoadFromEnumerable(_rows);
        ITransformer model = Chain(mlContext).Fit(data);
        string[] expected = [.. model.Transform(data).GetColumn<string>("Again")];
        StringAssert.Contains(expected[0], " cba ");

        mlContext.Model.Save(model, data.Schema, ModelPath);
        string[] lines = FreshProcess.LoadAndTransform(ModelPath, "Text", "Again", [.. _rows.Select(r => r.Text!)]);

        StringAssert.Contains(lines[0], typeof(ReversingTransformer).FullName);
        Assert.AreEqual("Text: String, Number: Single", lines[1]);
        CollectionAssert.AreEqual(expected, lines[2..]);
    }

    [TestMethod]
    public void A_component_alone_comes_back_as_its_own_type_and_sees_the_loading_context()
    {
        var mlContext = new MLContext(seed: 7);
        IDataView data = mlContext.Data.LoadFromEnumerable(_rows);
        ReversingTransformer model = mlContext.Transforms.Text.Reverse("Reversed", "Text").Fit(data);
        using var file = new MemoryStream();
        mlContext.Model.Save(model, data.Schema, file);

        var other = new MLContext { GpuDeviceId = 3 };
        var loaded = (ReversingTransformer)other.Model.Load(new MemoryStream(file.ToArray()), out DataViewSchema schema);

        Assert.AreEqual(3, loaded.GpuDeviceId);
        Assert.AreEqual("Text, Number", string.Join(", ", schema.Select(c => c.Name)));
        CollectionAssert.AreEqual(
            model.Transform(data).GetColumn<string>("Reversed").ToArray(),
            loaded.Transform(other.Data.LoadFromEnumerable(_rows)).GetColumn<string>("Reversed").ToArray());
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        var mlContext = new MLContext(seed: 7);
        IDataView data = mlContext.Data.LoadFromEnumerable(_rows);
        ITransformer model = Chain(mlContext).Append(mlContext.Transforms.DropColumns("Copy")).Fit(data);
        using PredictionEngine<Input, Output> engine = mlContext.Model.CreatePredictionEngine<Input, Output>(
            model, new PredictionEngineOptions { OwnsTransformer = false });

        List<Output> expected = [.. mlContext.Data.CreateEnumerable<Output>(model.Transform(data), reuseRowObject: false)];
        Assert.HasCount(_rows.Length, expected);
        for (int i = 0; i < _rows.Length; i++)
            Assert.AreEqual(expected[i].Again, engine.Predict(_rows[i]).Again);
    }

    [TestMethod]
    public void A_new_column_of_an_old_name_hides_it()
    {
        var mlContext = new MLContext(seed: 7);
        IDataView data = mlContext.Data.LoadFromEnumerable(_rows);
        IDataView transformed = mlContext.Transforms.Text.Reverse("Text").Fit(data).Transform(data);

        DataDebuggerPreview preview = transformed.Preview(maxRows: 2);
        Assert.HasCount(2, preview.RowView);
        Assert.AreEqual("Text: String (hidden)|Text: String|Number: Single", string.Join("|", preview.Schema));
        Assert.AreEqual("abc", preview.ColumnView[0].Values[0].ToString());
        StringAssert.Contains(preview.ColumnView[1].Values[0].ToString(), "cba");
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_and_the_log_says_what_was_drawn()
    {
        string[] first = Draw(seed: 7), again = Draw(seed: 7), other = Draw(seed: 8);
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);
        StringAssert.StartsWith(first.Single(), "Weights are ");

        static string[] Draw(int seed)
        {
            var mlContext = new MLContext(seed);
            var messages = new List<string>();
            mlContext.Log += (_, e) => messages.Add(e.RawMessage);
            _ = mlContext.Transforms.Text.Reverse("Reversed", "Text");
            return [.. messages.Where(m => m.StartsWith("Weights", StringComparison.Ordinal))];
        }
    }

    [TestMethod]
    public void A_schema_that_does_not_fit_is_refused_at_fit()
    {
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(_rows);

        Exception absent = Assert.Throws<ArgumentOutOfRangeException>(() => Chain(mlContext).Fit(
            mlContext.Data.LoadFromEnumerable([new Output { Again = "" }])));
        StringAssert.Contains(absent.Message, "Could not find input column 'Text'");

        Exception number = Assert.Throws<ArgumentOutOfRangeException>(() => mlContext.Transforms.Text.Reverse("Reversed", "Number").Fit(data));
        StringAssert.Contains(number.Message, "Schema mismatch for input column 'Number': expected String, got Single");
    }

    private static EstimatorChain<Transforms.ColumnCopyingTransformer> Chain(MLContext mlContext) =>
        mlContext.Transforms.CopyColumns("Copy", "Text")
            .Append(mlContext.Transforms.Text.Reverse("Reversed", "Copy"))
            .Append(mlContext.Transforms.CopyColumns("Again", "Reversed"));

    private sealed class Input
    {
        public string? Text { get; set; }

        public float Number { get; set; }
    }

    private sealed class Output
    {
        public string? Again { get; set; }
    }
}
