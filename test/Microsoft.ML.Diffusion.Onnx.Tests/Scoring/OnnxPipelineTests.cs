using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Pipelines in which Microsoft.ML.OnnxTransformer computes the model: TokenizeForOnnx, ApplyOnnxModel, PredictFromOnnx. They add the same
/// columns as the transformer whose model the file has.
/// </summary>
[TestClass]
public sealed class OnnxPipelineTests
{
    private static readonly MLContext s_mlContext = new(seed: 1);
    private static readonly IDataView s_data = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows);
    private static readonly DirectoryInfo s_folder = Directory.CreateTempSubdirectory("onnx-pipeline");
    private static readonly Lazy<BertTextClassificationTransformer> s_classifier = new(() => s_mlContext.MulticlassClassification.Trainers
        .BertTextClassification(new BertTextClassificationEstimator.Options
        {
            Model = ScoringModel.Model, Sentence1ColumnName = "Text", LabelColumnName = "Key", Epochs = 1, Seed = 1, MaxLength = 24
        }).Fit(s_mlContext.Transforms.Conversion.MapValueToKey("Key", "Category").Fit(s_data).Transform(s_data)));

    [ClassCleanup]
    public static void Delete() => s_folder.Delete(recursive: true);

    [TestMethod]
    public void One_label_of_several()
    {
        BertTextClassificationTransformer classifier = s_classifier.Value;
        ITransformer pipeline = Pipeline(classifier, s_mlContext.Transforms.Text.TokenizeForOnnx(classifier),
            s_mlContext.Transforms.Text.PredictFromOnnx(classifier));
        IDataView expected = classifier.Transform(s_data), actual = pipeline.Transform(s_data);
        AssertSame<uint>(expected, actual, "PredictedLabel");
        AssertClose(expected, actual, "Score");
        ITransformer names = s_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(expected);
        AssertSame<int>(names.Transform(expected), s_mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(actual)
            .Transform(actual), "PredictedLabel");
        IDataView labeled = s_mlContext.Transforms.Conversion.MapValueToKey("Key", "Category").Fit(actual).Transform(actual);
        MulticlassClassificationMetrics metrics = s_mlContext.MulticlassClassification.Evaluate(labeled, "Key");
        Assert.AreEqual(
            s_mlContext.MulticlassClassification.Evaluate(classifier.Transform(s_mlContext.Transforms.Conversion.MapValueToKey(
                "Key", "Category").Fit(s_data).Transform(s_data)), "Key").LogLoss, metrics.LogLoss, 1e-5);
    }

    [TestMethod]
    public void A_number_for_a_pair()
    {
        BertSentenceSimilarityTransformer similarity = s_mlContext.Regression.Trainers.BertSentenceSimilarity(
            new BertSentenceSimilarityEstimator.Options
            {
                Model = ScoringModel.Model, Sentence1ColumnName = "Text", Sentence2ColumnName = "Other", LabelColumnName = "Number",
                Epochs = 1, Seed = 1, MaxLength = 16,
            }).Fit(s_data);
        ITransformer pipeline = Pipeline(similarity, s_mlContext.Transforms.Text.TokenizeForOnnx(similarity),
            s_mlContext.Transforms.Text.PredictFromOnnx(similarity));
        float[] expected = [.. similarity.Transform(s_data).GetColumn<float>("Score")];
        float[] actual = [.. pipeline.Transform(s_data).GetColumn<float>("Score")];
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5f);
    }

    [TestMethod]
    [DataRow("Tags")]
    [DataRow("Flags")]
    public void Any_number_of_labels(string label)
    {
        var options = new BertMultiLabelClassificationEstimator.Options
        {
            Model = ScoringModel.Model, Sentence1ColumnName = "Text", LabelColumnName = label, Epochs = 1, Seed = 1, Threshold = 0.45,
        };
        IDataView data = label == "Flags" ? s_data
            : s_mlContext.Transforms.Conversion.MapValueToKey("Tags").Fit(s_data).Transform(s_data);
        BertMultiLabelClassificationTransformer labeler =
            s_mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(options).Fit(data);
        ITransformer pipeline = Pipeline(labeler, s_mlContext.Transforms.Text.TokenizeForOnnx(labeler),
            s_mlContext.Transforms.Text.PredictFromOnnx(labeler));
        IDataView expected = labeler.Transform(s_data), actual = pipeline.Transform(s_data);
        if (label == "Flags")
            AssertSameVectors<bool>(expected, actual, "PredictedLabel");
        else
            AssertSameVectors<uint>(expected, actual, "PredictedLabel");
        AssertClose(expected, actual, "Score");
    }

    [TestMethod]
    public void Answers()
    {
        BertQuestionAnsweringTransformer answering = s_mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(
            new BertQuestionAnsweringEstimator.Options
            {
                Model = ScoringModel.Model, Epochs = 4, Seed = 1, AllowNoAnswer = true, MaxQuestionTokens = 20, StrideOverlap = 16,
            }).Fit(s_data);
        string path = Save(answering);
        ITransformer pipeline = new EstimatorChain<ITransformer>()
            .Append(s_mlContext.Transforms.Text.TokenizeForOnnx(answering))
            .Append((IEstimator<ITransformer>)s_mlContext.Transforms.ApplyOnnxModel(path))
            .Append(s_mlContext.Transforms.Text.PredictFromOnnx(answering)).Fit(s_data);
        IDataView expected = answering.Transform(s_data), actual = SavedAndLoaded(pipeline).Transform(s_data);
        AssertSameTexts(expected, actual, "Answer");
        AssertSameVectors<int>(expected, actual, "AnswerStart");
        AssertClose(expected, actual, "Score");
        float[] margins = [.. expected.GetColumn<float>("NoAnswerMargin")], found = [.. actual.GetColumn<float>("NoAnswerMargin")];
        for (int i = 0; i < margins.Length; i++)
            Assert.AreEqual(margins[i], found[i], 1e-4f);
    }

    [TestMethod]
    public void Entities()
    {
        BertNamedEntityRecognitionTransformer entities = s_mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(
            new BertNamedEntityRecognitionEstimator.Options { Model = ScoringModel.Model, Epochs = 4, Seed = 1, MaxLength = 40 })
            .Fit(s_data);
        ITransformer pipeline = SavedAndLoaded(Pipeline(
            entities, s_mlContext.Transforms.Text.TokenizeForOnnx(entities), s_mlContext.Transforms.Text.PredictFromOnnx(entities)));
        IDataView expected = entities.Transform(s_data), actual = pipeline.Transform(s_data);
        AssertSameVectors<uint>(expected, actual, "PredictedLabel");
        foreach (string column in (string[])["Word", "EntityType", "EntityText"])
            AssertSameTexts(expected, actual, column);
        AssertSameVectors<int>(expected, actual, "EntityStart");
        AssertSameVectors<int>(expected, actual, "EntityLength");
        AssertClose(expected, actual, "Score");
        AssertClose(expected, actual, "EntityScore");
        Assert.IsTrue(actual.GetColumn<VBuffer<ReadOnlyMemory<char>>>("EntityText").Any(found => found.Length > 0), "nothing was found");
    }

    [TestMethod]
    public void Words_beyond_a_window_have_no_label()
    {
        BertNamedEntityRecognitionTransformer entities = s_mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(
            new BertNamedEntityRecognitionEstimator.Options
            {
                Model = ScoringModel.Model, Epochs = 1, Seed = 1, MaxLength = 9, StrideOverlap = 0,
            }).Fit(s_data);
        var warnings = new List<string>();
        var mlContext = new MLContext(seed: 1);
        mlContext.Log += (_, log) => warnings.Add(log.Message);
        ITransformer pipeline = new EstimatorChain<ITransformer>()
            .Append(mlContext.Transforms.Text.TokenizeForOnnx(entities))
            .Append((IEstimator<ITransformer>)mlContext.Transforms.ApplyOnnxModel(Save(entities)))
            .Append(mlContext.Transforms.Text.PredictFromOnnx(entities)).Fit(s_data);
        VBuffer<uint> labels = pipeline.Transform(s_data).GetColumn<VBuffer<uint>>("PredictedLabel").First();
        uint[] all = [.. labels.DenseValues()];
        Assert.HasCount(7, all);
        Assert.AreNotEqual(0u, all[0]);
        Assert.AreEqual(0u, all[^1]);
        Assert.IsTrue(warnings.Exists(warning => warning.Contains("one window a row", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_saved_pipeline_scores_in_a_fresh_process()
    {
        BertTextClassificationTransformer classifier = s_classifier.Value;
        IDataView texts = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows.Select(row => new TextOnly { Text = row.Text }));
        ITransformer pipeline = Chain(Save(classifier), s_mlContext.Transforms.Text.TokenizeForOnnx(classifier),
            s_mlContext.Transforms.Text.PredictFromOnnx(classifier)).Fit(texts);
        string zip = Path.Combine(s_folder.FullName, "fresh.zip");
        s_mlContext.Model.Save(pipeline, texts.Schema, zip);

        string[] lines = FreshProcess.LoadAndTransform(zip, "Text", "Score", [.. ScoringRow.Rows.Select(row => row.Text)]);
        Assert.AreEqual("Text: String", lines[1]);
        float[][] scores = [.. classifier.Transform(s_data).GetColumn<float[]>("Score")];
        for (int i = 0; i < scores.Length; i++)
        {
            float[] loaded = [.. lines[2 + i].Split('\t').Select(number => float.Parse(number, CultureInfo.InvariantCulture))];
            AssertClose(loaded, scores[i]);
        }
    }

    [TestMethod]
    public void A_prediction_engine_predicts()
    {
        BertTextClassificationTransformer classifier = s_classifier.Value;
        IDataView texts = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows.Select(row => new TextOnly { Text = row.Text }));
        ITransformer pipeline = Chain(Save(classifier), s_mlContext.Transforms.Text.TokenizeForOnnx(classifier),
            s_mlContext.Transforms.Text.PredictFromOnnx(classifier)).Fit(texts);
        using PredictionEngine<TextOnly, Scored> engine = s_mlContext.Model.CreatePredictionEngine<TextOnly, Scored>(pipeline);
        float[][] expected = [.. classifier.Transform(s_data).GetColumn<float[]>("Score")];
        for (int i = 0; i < expected.Length; i++)
            AssertClose(expected[i], engine.Predict(new TextOnly { Text = ScoringRow.Rows[i].Text }).Score);
    }

    [TestMethod]
    public void An_endless_view_is_streamed()
    {
        const int Rows = 200;
        BertTextClassificationTransformer classifier = s_classifier.Value;
        IDataView data = s_mlContext.Data.LoadFromEnumerable(Endless());
        ITransformer pipeline = Chain(Save(classifier), s_mlContext.Transforms.Text.TokenizeForOnnx(classifier),
            s_mlContext.Transforms.Text.PredictFromOnnx(classifier)).Fit(data);
        IDataView scored = pipeline.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["PredictedLabel"]]);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
        uint label = 0;
        for (int read = 0; read < Rows; read++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getLabel(ref label);
            Assert.IsTrue(label is >= 1 and <= 3);
        }

        static IEnumerable<TextOnly> Endless()
        {
            for (int i = 0; ; i++)
                yield return new TextOnly { Text = $"row {i}" };
        }
    }

    [TestMethod]
    public void A_directory_beside_the_file_is_enough()
    {
        BertTextClassificationTransformer classifier = s_classifier.Value;
        string directory = Path.Combine(s_folder.FullName, "model");
        classifier.SaveOnnxDirectory(directory);
        EncoderModel model = EncoderModel.FromDirectory(directory);
        ITransformer pipeline = SavedAndLoaded(Chain(Path.Combine(directory, "onnx", "model.onnx"),
            s_mlContext.Transforms.Text.TokenizeForOnnx(model, "Text", maxLength: 24),
            s_mlContext.Transforms.Text.PredictFromOnnx(model)).Fit(s_data));
        IDataView expected = classifier.Transform(s_data), actual = pipeline.Transform(s_data);
        AssertSame<uint>(expected, actual, "PredictedLabel");
        AssertClose(expected, actual, "Score");
    }

    [TestMethod]
    public void Bad_options_and_schemas_fail_early()
    {
        BertTextClassificationTransformer classifier = s_classifier.Value;
        Assert.Contains("MaxLength is 4", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => s_mlContext.Transforms.Text.TokenizeForOnnx(EncoderModel.Default, "Text", maxLength: 4)).Message);
        Assert.Contains("Sentence1ColumnName", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => s_mlContext.Transforms.Text.TokenizeForOnnx(EncoderModel.Default, "")).Message);
        Assert.Contains("'Missing'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => s_mlContext.Transforms.Text.TokenizeForOnnx(EncoderModel.Default, "Missing").Fit(s_data)).Message);
        Assert.Contains("expected Single or vector of Single", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => s_mlContext.Transforms.Text.PredictFromOnnx(classifier, "Text").Fit(s_data)).Message);
        InvalidOperationException wrong = Assert.ThrowsExactly<InvalidOperationException>(
            () => s_mlContext.Transforms.Text.PredictFromOnnx(classifier, "Number").Fit(s_data).Transform(s_data)
                .GetColumn<uint>("PredictedLabel").First());
        Assert.Contains("1 logits; expected 3", wrong.ToString());
    }

    private static ITransformer Pipeline<TModel>(
        ModelTransformerBase<TModel> transformer, IEstimator<ITransformer> tokenize, IEstimator<ITransformer> predict)
        where TModel : Encoders.EncoderWithHead => SavedAndLoaded(Chain(Save(transformer), tokenize, predict).Fit(s_data));

    private static EstimatorChain<ITransformer> Chain(
        string path, IEstimator<ITransformer> tokenize, IEstimator<ITransformer> predict) => new EstimatorChain<ITransformer>()
        .Append(tokenize)
        .Append((IEstimator<ITransformer>)s_mlContext.Transforms.ApplyOnnxModel(path))
        .Append(predict);

    private static string Save<TModel>(ModelTransformerBase<TModel> transformer) where TModel : Encoders.EncoderWithHead
    {
        string path = Path.Combine(s_folder.FullName, $"{Guid.NewGuid()}.onnx");
        transformer.SaveOnnx(path);
        return path;
    }

    private static ITransformer SavedAndLoaded(ITransformer pipeline)
    {
        string zip = Path.Combine(s_folder.FullName, $"{Guid.NewGuid()}.zip");
        s_mlContext.Model.Save(pipeline, s_data.Schema, zip);
        return new MLContext().Model.Load(zip, out _);
    }

    private static void AssertSame<T>(IDataView expected, IDataView actual, string column) =>
        CollectionAssert.AreEqual(expected.GetColumn<T>(column).ToArray(), actual.GetColumn<T>(column).ToArray(), column);

    private static void AssertSameVectors<T>(IDataView expected, IDataView actual, string column)
    {
        T[][] first = Vectors<T>(expected, column), second = Vectors<T>(actual, column);
        Assert.HasCount(first.Length, second);
        for (int i = 0; i < first.Length; i++)
            CollectionAssert.AreEqual(first[i], second[i], $"{column} of row {i}");
    }

    private static void AssertSameTexts(IDataView expected, IDataView actual, string column)
    {
        ReadOnlyMemory<char>[][] first = Vectors<ReadOnlyMemory<char>>(expected, column),
            second = Vectors<ReadOnlyMemory<char>>(actual, column);
        for (int i = 0; i < first.Length; i++)
            CollectionAssert.AreEqual(
                Array.ConvertAll(first[i], text => text.ToString()), Array.ConvertAll(second[i], text => text.ToString()), column);
    }

    private static void AssertClose(IDataView expected, IDataView actual, string column)
    {
        float[][] first = Vectors<float>(expected, column), second = Vectors<float>(actual, column);
        Assert.HasCount(first.Length, second);
        for (int i = 0; i < first.Length; i++)
            AssertClose(first[i], second[i]);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5f);
    }

    private static T[][] Vectors<T>(IDataView view, string column) =>
        [.. view.GetColumn<VBuffer<T>>(column).Select(value => value.DenseValues().ToArray())];

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class TextOnly
    {
        public string Text { get; set; } = "";
    }
}
