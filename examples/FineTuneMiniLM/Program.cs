using System.Globalization;
using System.Reflection;
using FineTuneMiniLM;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;

// Arguments: a file of texts to learn from, a file to measure on (label, tab, text; a line of headings), the most rows to learn from.
Review[] learned = args.Length > 0 ? Reviews.Read(args[0]) : Reviews.Make()[..60];
Review[] measured = args.Length > 1 ? Reviews.Read(args[1]) : Reviews.Make()[60..];
if (args.Length > 2)
    learned = learned[..Math.Min(learned.Length, int.Parse(args[2], CultureInfo.InvariantCulture))];

string package = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
    .Single(item => item.Key == "MiniLM").Value!;
EncoderModel encoder = PackagedEncoder.Load(package);

var mlContext = new MLContext(seed: 1);
mlContext.Log += (_, e) =>
{
    if (e.Kind is Microsoft.ML.Runtime.ChannelMessageKind.Info or Microsoft.ML.Runtime.ChannelMessageKind.Warning)
        Console.WriteLine($"  {e.RawMessage}");
};
IDataView data = mlContext.Data.LoadFromEnumerable(learned);
var labels = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Review.Category)).Fit(data);
using BertTextClassificationTransformer classifier = mlContext.MulticlassClassification.Trainers.BertTextClassification(
    new BertTextClassificationEstimator.Options { Model = encoder, Epochs = args.Length > 0 ? 2 : 6, DropoutRate = 0.1 })
    .Fit(labels.Transform(data));

IDataView scored = classifier.Transform(labels.Transform(mlContext.Data.LoadFromEnumerable(measured)));
MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(scored);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.MicroAccuracy:F3} on {measured.Length} texts"));

// One file that takes texts, with the tokenizer in it.
classifier.SaveOnnx("reviews.onnx", new OnnxExportOptions { TextInput = OnnxTextInput.Text });
Console.WriteLine($"reviews.onnx: {new FileInfo("reviews.onnx").Length / 1_000_000} MB");
