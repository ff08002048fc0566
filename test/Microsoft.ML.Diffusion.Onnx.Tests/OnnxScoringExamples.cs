using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The C# of docs/onnx-scoring.md.</summary>
[TestClass]
public sealed class OnnxScoringExamples
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-examples").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void A_pipeline_around_an_ONNX_file()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView data, BertTextClassificationTransformer classifier) = Classifier(mlContext);
        string onnxPath = Path.Combine(_folder, "model.onnx"), zipPath = Path.Combine(_folder, "model.zip");

        // <example: onnx-pipeline>
        classifier.SaveOnnx(onnxPath);

        ITransformer pipeline = mlContext.Transforms.Text.TokenizeForOnnx(classifier)
            .Append(mlContext.Transforms.ApplyOnnxModel(onnxPath))
            .Append(mlContext.Transforms.Text.PredictFromOnnx(classifier))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);

        mlContext.Model.Save(pipeline, data.Schema, zipPath);
        // </example>

        ITransformer loaded = new MLContext().Model.Load(zipPath, out _);
        string[] expected = [.. mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(classifier.Transform(data))
            .Transform(classifier.Transform(data)).GetColumn<string>("PredictedLabel")];
        CollectionAssert.AreEqual(expected, loaded.Transform(data).GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void A_directory_and_no_transformer()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView data, BertTextClassificationTransformer classifier) = Classifier(mlContext);
        string directory = Path.Combine(_folder, "model");
        classifier.SaveOnnxDirectory(directory);

        // <example: onnx-pipeline-of-a-directory>
        EncoderModel model = EncoderModel.FromDirectory(directory); // config.json and the tokenizer; the weights are in the ONNX file
        ITransformer pipeline = mlContext.Transforms.Text.TokenizeForOnnx(model, sentence1ColumnName: "Text")
            .Append(mlContext.Transforms.ApplyOnnxModel(Path.Combine(directory, "onnx", "model.onnx")))
            .Append(mlContext.Transforms.Text.PredictFromOnnx(model))
            .Fit(data);
        // </example>

        CollectionAssert.AreEqual(classifier.Transform(data).GetColumn<uint>("PredictedLabel").ToArray(),
            pipeline.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void ConvertToOnnx()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView data, BertTextClassificationTransformer classifier) = Classifier(mlContext);
        string textPath = Path.Combine(_folder, "text.onnx"), idsPath = Path.Combine(_folder, "ids.onnx");

        // <example: onnx-convert>
        // Texts in: the input is the column Text, a tensor of strings [1 × 1].
        using (FileStream stream = File.Create(textPath))
            mlContext.Model.ConvertToOnnx(classifier, data, stream, "PredictedLabel", "Score");

        // Token ids in: the data has the columns input_ids, attention_mask and token_type_ids.
        IDataView tokens = mlContext.Transforms.Text.TokenizeForOnnx(classifier).Fit(data).Transform(data);
        using (FileStream stream = File.Create(idsPath))
            mlContext.Model.ConvertToOnnx(classifier, mlContext.Data.Cache(tokens), stream, "PredictedLabel", "Score");
        // </example>

        uint expected = classifier.Transform(data).GetColumn<uint>("PredictedLabel").First();
        using ConvertedFile text = new(File.ReadAllBytes(textPath)), ids = new(File.ReadAllBytes(idsPath), hasExtensions: false);
        Assert.AreEqual(expected, ((uint[])text.Run(("Text", "a good day"), ("Category", ""))["PredictedLabel.output"])[0]);
        long[] row = tokens.GetColumn<long[]>("input_ids").First();
        Assert.AreEqual(expected, ((uint[])ids.Run(("input_ids", row), ("attention_mask", row.Select(_ => 1L).ToArray()),
            ("token_type_ids", new long[row.Length]))["PredictedLabel.output"])[0]);
    }

    [TestMethod]
    public void Text_in_label_out()
    {
        (IDataView data, BertTextClassificationTransformer classifier) = Classifier(new MLContext(seed: 1));
        string path = Path.Combine(_folder, "text.onnx");

        // <example: onnx-text-in>
        classifier.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.Text });
        // </example>

        // <example: onnx-text-in-runtime>
        using var options = new SessionOptions();
        options.RegisterOrtExtensions();
        using var session = new InferenceSession(path, options);
        var text = new DenseTensor<string>(new[] { "a good day" }, [1, 1]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("text", text)], ["label", "probabilities"]);
        string label = results[0].AsTensor<string>()[0];
        float[] probabilities = results[1].AsTensor<float>().ToArray();
        // </example>

        // <example: onnx-text-in-transformer>
        var mlContext = new MLContext();
        mlContext.SetOnnxSessionOption(new OnnxSessionOptions
        {
            CreateSessionOptions = () =>
            {
                var sessionOptions = new SessionOptions();
                sessionOptions.RegisterOrtExtensions();
                return sessionOptions;
            },
        });
        ITransformer pipeline = mlContext.Transforms.CopyColumns("text", "Text")
            .Append(mlContext.Transforms.ApplyOnnxModel(
                outputColumnNames: ["label", "probabilities"], inputColumnNames: ["text"], modelFile: path))
            .Fit(data);
        // </example>

        float[] expected = classifier.Transform(data).GetColumn<float[]>("Score").First();
        Assert.AreEqual(2, probabilities.Length);
        Assert.AreEqual(expected[0], probabilities[0], 1e-5f);
        Assert.IsTrue(label is "good" or "bad");
        Assert.AreEqual(label, pipeline.Transform(data).GetColumn<VBuffer<ReadOnlyMemory<char>>>("label").First().GetItemOrDefault(0)
            .ToString());
    }

    private static (IDataView Data, BertTextClassificationTransformer Classifier) Classifier(MLContext mlContext)
    {
        IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(i => new Review
        {
            Text = i % 2 == 0 ? "a good day" : "a bad night", Category = i % 2 == 0 ? "good" : "bad"
        }));
        return (data, mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
        {
            Model = ScoringModel.Model, Sentence1ColumnName = "Text", Epochs = 1, Seed = 1
        }).Fit(mlContext.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(data).Transform(data)));
    }

    private sealed class Review
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";
    }
}
