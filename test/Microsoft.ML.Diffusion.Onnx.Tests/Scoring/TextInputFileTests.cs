using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Files that take texts (<see cref="OnnxExportOptions.TextInput"/>).</summary>
[TestClass]
public sealed class TextInputFileTests
{
    private static readonly MLContext s_mlContext = new(seed: 1);
    private static readonly IDataView s_data = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows);
    private static readonly DirectoryInfo s_folder = Directory.CreateTempSubdirectory("onnx-text");

    [ClassCleanup]
    public static void Delete() => s_folder.Delete(recursive: true);

    [TestMethod]
    public void A_text_in_a_label_out()
    {
        BertTextClassificationTransformer classifier = Classifier();
        using ConvertedFile file = Open(classifier, new OnnxExportOptions { TextInput = OnnxTextInput.Text });
        CollectionAssert.AreEqual(new[] { "text" }, file.Session.InputMetadata.Keys.ToArray());
        CollectionAssert.AreEqual(new[] { "logits", "probabilities", "label" }, file.Session.OutputMetadata.Keys.ToArray());
        IDataView scored = classifier.Transform(s_data);
        string[] names = classifier.WithModel((model, _) => model.Task.Labels.ToArray());
        uint[] keys = [.. scored.GetColumn<uint>("PredictedLabel")];
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        for (int i = 0; i < keys.Length; i++)
        {
            Dictionary<string, object> outputs = file.Run(("text", ScoringRow.Rows[i].Text));
            CollectionAssert.AreEqual(new[] { names[keys[i] - 1] }, (string[])outputs["label"]);
            AssertClose(scores[i], (float[])outputs["probabilities"]);
        }
        Assert.ThrowsExactly<OnnxRuntimeException>(() => file.Run(("text", new[] { "two", "rows" })));
    }

    /// <summary>A pair loses the end of the longer text first; every balance of lengths around the maximum.</summary>
    [TestMethod]
    public void Pairs_are_cut_as_we_cut_them()
    {
        BertSentenceSimilarityTransformer similarity = s_mlContext.Regression.Trainers.BertSentenceSimilarity(
            new BertSentenceSimilarityEstimator.Options
            {
                Model = ScoringModel.Model, Sentence1ColumnName = "Text", Sentence2ColumnName = "Other", LabelColumnName = "Number",
                Epochs = 1, Seed = 1, MaxLength = 13,
            }).Fit(s_data);
        using ConvertedFile file = Open(similarity, new OnnxExportOptions { TextInput = OnnxTextInput.TextPair });
        ScoringRow[] rows = [.. from first in Enumerable.Range(0, 13) from second in Enumerable.Range(0, 13)
            select new ScoringRow { Text = Words(first), Other = Words(second) }];
        float[] expected = [.. similarity.Transform(s_mlContext.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score")];
        for (int i = 0; i < rows.Length; i++)
        {
            Dictionary<string, object> outputs = file.Run(("text", rows[i].Text), ("text_pair", rows[i].Other));
            AssertClose([expected[i]], (float[])outputs["logits"]);
        }

        static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => (char)('a' + i)));
    }

    [TestMethod]
    public void An_embedding_of_a_text()
    {
        string path = Path.Combine(s_folder.FullName, "embedding.onnx");
        ScoringModel.Model.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.Text, Output = OnnxOutput.MeanEmbedding });
        string ids = Path.Combine(s_folder.FullName, "ids.onnx");
        ScoringModel.Model.SaveOnnx(ids, new OnnxExportOptions { Output = OnnxOutput.MeanEmbedding });
        using ConvertedFile fromText = new(File.ReadAllBytes(path)), fromIds = new(File.ReadAllBytes(ids), hasExtensions: false);
        IDataView tokens = s_mlContext.Transforms.Text.TokenizeForOnnx(ScoringModel.Model, "Text").Fit(s_data).Transform(s_data);
        long[][] inputs = [.. tokens.GetColumn<long[]>("input_ids")];
        for (int i = 0; i < inputs.Length; i++)
        {
            Dictionary<string, object> outputs = fromIds.Run(("input_ids", inputs[i]),
                ("attention_mask", inputs[i].Select(_ => 1L).ToArray()), ("token_type_ids", new long[inputs[i].Length]));
            AssertClose((float[])outputs["sentence_embedding"],
                (float[])fromText.Run(("text", ScoringRow.Rows[i].Text))["sentence_embedding"]);
        }
    }

    /// <summary>
    /// OnnxTransformer loads the operators by the context's session options, which a .zip does not carry: each context sets them.
    /// </summary>
    [TestMethod]
    public void OnnxTransformer_needs_the_operators_in_each_context()
    {
        BertTextClassificationTransformer classifier = Classifier();
        string path = Path.Combine(s_folder.FullName, "text.onnx"), zip = Path.ChangeExtension(path, ".zip");
        classifier.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.Text });
        IDataView texts = s_mlContext.Data.LoadFromEnumerable(ScoringRow.Rows.Select(row => new TextOnly { Text = row.Text }));
        MLContext withOperators = WithOperators();
        IEstimator<ITransformer> pipeline = withOperators.Transforms.CopyColumns("text", "Text")
            .Append(withOperators.Transforms.ApplyOnnxModel(
                outputColumnNames: ["label", "probabilities"], inputColumnNames: ["text"], modelFile: path));
        ITransformer model = pipeline.Fit(texts);
        withOperators.Model.Save(model, texts.Schema, zip);

        float[][] expected = [.. classifier.Transform(s_data).GetColumn<float[]>("Score")];
        float[][] actual = [.. WithOperators().Model.Load(zip, out _).Transform(texts).GetColumn<float[]>("probabilities")];
        for (int i = 0; i < expected.Length; i++)
            AssertClose(expected[i], actual[i]);
        Exception without = Assert.Throws<Exception>(() => new MLContext().Model.Load(zip, out _));
        Assert.Contains("ai.onnx.contrib", without.ToString());
        (int code, _, string errors) = FreshProcess.Run(zip, "Text", "probabilities", "a good day");
        Assert.AreNotEqual(0, code);
        Assert.Contains("ai.onnx.contrib", errors);

        static MLContext WithOperators()
        {
            var mlContext = new MLContext();
            mlContext.SetOnnxSessionOption(new OnnxSessionOptions
            {
                CreateSessionOptions = () =>
                {
                    var options = new SessionOptions();
                    options.RegisterOrtExtensions();
                    return options;
                },
            });
            return mlContext;
        }
    }

    [TestMethod]
    public void What_a_file_cannot_say_is_refused()
    {
        BertTextClassificationTransformer classifier = Classifier();
        string path = Path.Combine(s_folder.FullName, "refused.onnx");
        Assert.Contains("expected Text, as the transformer reads single texts", Assert.ThrowsExactly<ArgumentException>(
            () => classifier.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.TextPair })).Message);
        Assert.Contains("MaxLength is 2 tokens", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => classifier.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.Text, MaxLength = 2 })).Message);
        Assert.Contains("without its tokenizer", Assert.ThrowsExactly<ArgumentException>(() => classifier.WithModel<object?>((model, _) =>
        {
            OnnxModels.Save(model, path, new OnnxExportOptions { TextInput = OnnxTextInput.Text });
            return null;
        })).Message);
        EncoderModel answering = AsTask(TaskKind.QuestionAnswering);
        Assert.Contains("PredictFromOnnx", Assert.ThrowsExactly<NotSupportedException>(
            () => answering.SaveOnnx(path, new OnnxExportOptions { TextInput = OnnxTextInput.Text })).Message);
        Assert.Contains("add_prefix_space", Assert.ThrowsExactly<NotSupportedException>(
            () => ChangedTokenizer.WithPrefixSpace(EncoderModel.Default).SaveOnnx(
                path, new OnnxExportOptions { TextInput = OnnxTextInput.Text })).Message);
        Assert.IsFalse(File.Exists(path));
    }

    private static EncoderModel AsTask(TaskKind kind)
    {
        string directory = Path.Combine(s_folder.FullName, kind.ToString());
        using TaskModel model = ScoringModel.Model.LoadForTask(
            new TaskConfiguration(kind, ["start", "end"]), CpuEngine.Shared, seed: 1);
        EncoderCheckpoint.Save(model, ScoringModel.Model.Tokenizer, directory);
        return EncoderModel.FromDirectory(directory);
    }

    private static ConvertedFile Open<TModel>(ModelTransformerBase<TModel> transformer, OnnxExportOptions options)
        where TModel : EncoderWithHead
    {
        string path = Path.Combine(s_folder.FullName, $"{Guid.NewGuid()}.onnx");
        transformer.SaveOnnx(path, options);
        return new ConvertedFile(File.ReadAllBytes(path));
    }

    private static BertTextClassificationTransformer Classifier() =>
        s_mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
        {
            Model = ScoringModel.Model, Sentence1ColumnName = "Text", LabelColumnName = "Key", Epochs = 1, Seed = 1, MaxLength = 24,
        }).Fit(s_mlContext.Transforms.Conversion.MapValueToKey("Key", "Category").Fit(s_data).Transform(s_data));

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }

    private sealed class TextOnly
    {
        public string Text { get; set; } = "";
    }
}
