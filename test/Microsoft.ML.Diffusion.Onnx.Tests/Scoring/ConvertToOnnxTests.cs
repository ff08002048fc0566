using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>mlContext.Model.ConvertToOnnx on pipelines with this library's transformers.</summary>
[TestClass]
public sealed class ConvertToOnnxTests
{
    private static readonly string[] s_texts =
        ["a good day", "a bad night, and a long one", "", "the ship sailed. " + string.Join(' ', Enumerable.Repeat("away", 90))];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void A_classifier_of_texts_becomes_a_file_that_takes_texts()
    {
        IDataView data = Pairs();
        BertTextClassificationTransformer classifier = _mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options
            {
                Model = ScoringModel.Model, Sentence1ColumnName = "Text", Epochs = 1, Seed = 1, MaxLength = 24,
            })
            .Fit(_mlContext.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(data).Transform(data));
        IDataView texts = _mlContext.Data.LoadFromEnumerable(s_texts.Select(text => new TextOnly { Text = text }));
        byte[] model = Convert(classifier, texts);

        using var file = new ConvertedFile(model);
        CollectionAssert.AreEqual(new[] { "Text" }, file.Session.InputMetadata.Keys.ToArray());
        IDataView scored = classifier.Transform(texts);
        uint[] labels = [.. scored.GetColumn<uint>("PredictedLabel")];
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        for (int i = 0; i < s_texts.Length; i++)
        {
            Dictionary<string, object> outputs = file.Run(("Text", s_texts[i]));
            CollectionAssert.AreEqual(new[] { labels[i] }, (uint[])outputs["PredictedLabel.output"]);
            AssertClose(scores[i], (float[])outputs["Score.output"]);
        }
        Assert.ThrowsExactly<OnnxRuntimeException>(() => file.Run(("Text", new[] { "two", "rows" })));
        Assert.Contains("ai.onnx.contrib",
            Assert.ThrowsExactly<OnnxRuntimeException>(() => new ConvertedFile(model, hasExtensions: false)).Message);
    }

    [TestMethod]
    public void A_whole_pipeline_of_pairs_converts_with_MLNETs_own_transforms_around_it()
    {
        IDataView data = Pairs();
        ITransformer pipeline = _mlContext.Transforms.CopyColumns("First", "Text")
            .Append(_mlContext.Regression.Trainers.BertSentenceSimilarity(new BertSentenceSimilarityEstimator.Options
            {
                Model = ScoringModel.Model,
                Sentence1ColumnName = "First",
                Sentence2ColumnName = "Other",
                LabelColumnName = "Number",
                Epochs = 1,
                Seed = 1,
                MaxLength = 16,
            }))
            .Append(_mlContext.Transforms.Concatenate("Features", "Score"))
            .Append(_mlContext.Transforms.NormalizeMinMax("Scaled", "Features")).Fit(data);
        byte[] model = Convert(pipeline, data, "Score", "Scaled");

        using var file = new ConvertedFile(model);
        IDataView scored = pipeline.Transform(data);
        float[] scores = [.. scored.GetColumn<float>("Score")], scaled = [.. scored.GetColumn<float[]>("Scaled").Select(row => row[0])];
        Pair[] rows = [.. _mlContext.Data.CreateEnumerable<Pair>(data, reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            Dictionary<string, object> outputs = file.Run(("Text", rows[i].Text), ("Other", rows[i].Other));
            AssertClose([scores[i]], (float[])outputs["Score.output"]);
            AssertClose([scaled[i]], (float[])outputs["Scaled.output"]);
        }
    }

    [TestMethod]
    public void Data_with_token_ids_needs_no_operators_beyond_ONNXs_own()
    {
        IDataView data = Pairs();
        BertSentenceSimilarityTransformer similarity = _mlContext.Regression.Trainers.BertSentenceSimilarity(
            new BertSentenceSimilarityEstimator.Options
            {
                Model = ScoringModel.Model,
                Sentence1ColumnName = "Text",
                Sentence2ColumnName = "Other",
                LabelColumnName = "Number",
                Epochs = 1,
                Seed = 1,
            }).Fit(data);
        IDataView tokenized = _mlContext.Transforms.Text.TokenizeForOnnx(similarity).Fit(data).Transform(data);
        byte[] model = Convert(similarity, _mlContext.Data.Cache(tokenized), "Score");

        using var file = new ConvertedFile(model, hasExtensions: false);
        float[] scores = [.. similarity.Transform(data).GetColumn<float>("Score")];
        long[][] ids = [.. tokenized.GetColumn<long[]>("input_ids")], types = [.. tokenized.GetColumn<long[]>("token_type_ids")];
        long[][] masks = [.. tokenized.GetColumn<long[]>("attention_mask")];
        for (int i = 0; i < scores.Length; i++)
        {
            Dictionary<string, object> outputs =
                file.Run(("input_ids", ids[i]), ("attention_mask", masks[i]), ("token_type_ids", types[i]));
            AssertClose([scores[i]], (float[])outputs["Score.output"]);
        }
    }

    [TestMethod]
    public void Several_labels_are_flags()
    {
        IDataView data = Pairs();
        BertMultiLabelClassificationTransformer labeler = _mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(
            new BertMultiLabelClassificationEstimator.Options
            {
                Model = ScoringModel.Model,
                Sentence1ColumnName = "Text",
                LabelColumnName = "Flags",
                Epochs = 1,
                Seed = 1,
            }).Fit(data);
        using var file = new ConvertedFile(Convert(labeler, data, "PredictedLabel", "Score"));
        IDataView scored = labeler.Transform(data);
        bool[][] labels = [.. scored.GetColumn<bool[]>("PredictedLabel")];
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        Pair[] rows = [.. _mlContext.Data.CreateEnumerable<Pair>(data, reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            Dictionary<string, object> outputs = file.Run(("Text", rows[i].Text));
            CollectionAssert.AreEqual(labels[i], (bool[])outputs["PredictedLabel.output"]);
            AssertClose(scores[i], (float[])outputs["Score.output"]);
        }
    }

    private byte[] Convert(ITransformer model, IDataView data, params string[] outputs)
    {
        using var stream = new MemoryStream();
        if (outputs.Length == 0)
            _mlContext.Model.ConvertToOnnx(model, data, stream);
        else
            _mlContext.Model.ConvertToOnnx(model, data, stream, outputs);
        return stream.ToArray();
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }

    private IDataView Pairs() => _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Pair
    {
        Text = i % 2 == 0 ? "a good day" : "a bad night, and much too long for what it was",
        Other = i % 3 == 0 ? "the sea was calm and the sun stood high over the harbor" : "rain",
        Category = i % 2 == 0 ? "good" : "bad",
        Number = i % 3,
        Flags = [i % 2 == 0, i % 3 == 0, false],
    }));

    private sealed class TextOnly
    {
        public string Text { get; set; } = "";
    }

    private sealed class Pair
    {
        public string Text { get; set; } = "";

        public string Other { get; set; } = "";

        public string Category { get; set; } = "";

        public float Number { get; set; }

        [VectorType(3)]
        public bool[] Flags { get; set; } = [];
    }
}
