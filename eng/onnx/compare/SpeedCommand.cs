using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Bench;

namespace Microsoft.ML.Diffusion.CompareOnnx;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace

/// <summary>
/// <c>speed</c>: a classifier's scores by this engine, by OnnxTransformer and by ONNX Runtime itself, in turns, all on two threads.
/// </summary>
internal static class SpeedCommand
{
    private const int BatchSize = 32, Threads = 2;

    public static Command Create()
    {
        var model = new Option<DirectoryInfo>("--model") { Description = "A fine-tuned classifier.", Required = true };
        var data = new Option<FileInfo>("--data") { Description = "Lines of a label, a tab and a text, after a heading.", Required = true };
        var rows = new Option<int>("--rows") { Description = "The most rows.", DefaultValueFactory = _ => int.MaxValue };
        var runs = new Option<int>("--runs") { Description = "The number of timed runs of each.", DefaultValueFactory = _ => 5 };
        var command = new Command("speed", "A classifier's rows a second by this engine, by OnnxTransformer and by ONNX Runtime.")
        {
            model, data, rows, runs,
        };
        command.SetAction(result => Compare(result.GetValue(model)!.FullName,
            LabeledText.Read(result.GetValue(data)!.FullName, result.GetValue(rows)), result.GetValue(runs)));
        return command;
    }

    private static void Compare(string directory, LabeledText[] texts, int runs)
    {
        using var classifier = new TextClassifier(directory, texts);
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(texts);
        var held = new List<IDisposable>();
        List<(string By, Action Run)> singles = [], batches = [];
        foreach (bool isQuantized in (bool[])[false, true])
        {
            string format = isQuantized ? "int8" : "float32";
            var transformer = mlContext.Transforms.Text.ApplyTextClassification(new TextClassificationScoringEstimator.Options
            {
                Model = isQuantized ? classifier.Source.Quantized() : classifier.Source, Threads = Threads,
            }).Fit(data);
            held.Add(transformer);
            var engine = mlContext.Model.CreatePredictionEngine<LabeledText, Scored>(
                transformer, new PredictionEngineOptions { OwnsTransformer = false });
            singles.Add(($"this engine, {format}", () =>
            {
                foreach (LabeledText text in texts)
                    engine.Predict(text);
            }));
            batches.Add(($"this engine, {format}", () => Read(transformer.Transform(data))));

            string file = classifier.File(isQuantized ? OnnxPrecision.Int8 : OnnxPrecision.Float32);
            ITransformer pipeline = mlContext.Transforms.Text.TokenizeForOnnx(classifier.Source)
                .Append(mlContext.Transforms.ApplyOnnxModel(modelFile: file))
                .Append(mlContext.Transforms.Text.PredictFromOnnx(classifier.Source)).Fit(data);
            singles.Add(($"OnnxTransformer, {format}", () => Read(pipeline.Transform(data))));

            var session = new RuntimeSession(file, Threads);
            held.Add(session);
            var sequences = classifier.Sequences.Sequences;
            singles.Add(($"ONNX Runtime, {format}", () =>
            {
                for (int i = 0; i < sequences.Count; i++)
                    session.Run(sequences, i, i + 1);
            }));
            batches.Add(($"ONNX Runtime, {format}, file order", () =>
            {
                for (int i = 0; i < sequences.Count; i += BatchSize)
                    session.Run(sequences, i, Math.Min(i + BatchSize, sequences.Count));
            }));
            var sorted = new Compute.RaggedTokens();
            foreach (int i in Enumerable.Range(0, sequences.Count).OrderBy(i => sequences[i].Length))
                sorted.Append(sequences[i]);
            batches.Add(($"ONNX Runtime, {format}, by length", () =>
            {
                for (int i = 0; i < sorted.Count; i += BatchSize)
                    session.Run(sorted, i, Math.Min(i + BatchSize, sorted.Count));
            }));
        }
        Write("one row a run", singles);
        Write($"in batches (of {BatchSize} for ONNX Runtime)", batches);
        held.ForEach(item => item.Dispose());

        void Write(string what, List<(string By, Action Run)> work)
        {
            Measurement[] measurements = Measurement.InTurn(runs, [.. work.Select(item => item.Run)]);
            for (int i = 0; i < work.Count; i++)
            {
                JsonLine.Write(what, measurements[i], ("rows_a_second", Math.Round(measurements[i].PerSecond(texts.Length), 1)),
                    ("of_first", Math.Round(measurements[i].MedianMilliseconds / measurements[0].MedianMilliseconds, 2)),
                    ("by", work[i].By));
            }
        }
    }

    private static void Read(IDataView view)
    {
        int rows = 0;
        foreach (float[] scores in view.GetColumn<float[]>("Score"))
            rows += scores.Length > 0 ? 1 : 0;
        if (rows == 0)
            throw new InvalidDataException("No row was scored.");
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
