using Microsoft.ML.Diffusion.LoadingMemory;

namespace Microsoft.ML.Diffusion.Pipelines;

/// <summary>Scores many texts with the embedded model by OnnxTransformer, and reports the private memory on the way.</summary>
internal static class Streaming
{
    private const int Reports = 5;

    public static void Run(int rows)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView few = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(Make));
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(few).Transform(few);
        using BertTextClassificationTransformer classifier = mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options { Sentence1ColumnName = "Text", Epochs = 1, Seed = 1 }).Fit(keyed);
        string path = Path.Combine(Directory.CreateTempSubdirectory("stream").FullName, "model.onnx");
        classifier.SaveOnnx(path);
        var pipeline = mlContext.Transforms.Text.TokenizeForOnnx(classifier)
            .Append(mlContext.Transforms.ApplyOnnxModel(path))
            .Append(mlContext.Transforms.Text.PredictFromOnnx(classifier)).Fit(few);
        IDataView scored = pipeline.Transform(mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(Make)));
        var memory = new PrivateMemory();
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["PredictedLabel"]]);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
        uint label = 0;
        for (int read = 1; cursor.MoveNext(); read++)
        {
            getLabel(ref label);
            if (read % Math.Max(1, rows / Reports) == 0)
                Console.WriteLine($"{read} rows: {memory.Read() >> 20} MiB now, {memory.Most >> 20} MiB at most, " +
                    $"{GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB managed");
        }
        memory.Stop();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static Row Make(int i) => new()
    {
        Text = $"It was day {i}, and " + (i % 2 == 0 ? "a good one, all in all." : "a bad one: rain, and nothing but rain."),
        Category = i % 2 == 0 ? "good" : "bad",
    };

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";
    }
}
