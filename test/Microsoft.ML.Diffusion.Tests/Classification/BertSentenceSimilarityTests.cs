using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class BertSentenceSimilarityTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void Numbers_of_pairs_are_learned_in_their_unit_and_evaluated_by_ML_NET()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(72));
        using BertSentenceSimilarityTransformer model = Trainer().Fit(data);
        IDataView scored = model.Transform(data);
        Assert.AreEqual(NumberDataViewType.Single, scored.Schema["Score"].Type);
        RegressionMetrics metrics = _mlContext.Regression.Evaluate(scored, labelColumnName: "Value");
        Assert.IsGreaterThan(0.7, metrics.RSquared);
        Assert.AreEqual("root mean squared error", TrainedWithValidation(data));

        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = Contexts.Create().Model.Load(stream, out _);
        CollectionAssert.AreEqual(scored.GetColumn<float>("Score").ToArray(), loaded.Transform(data).GetColumn<float>("Score").ToArray());
        (loaded as IDisposable)?.Dispose();

        using PredictionEngine<TextRow, Prediction> engine =
            _mlContext.Model.CreatePredictionEngine<TextRow, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        CollectionAssert.AreEqual(scored.GetColumn<float>("Score").ToArray(),
            TextRow.Make(72).Select(row => engine.Predict(row).Score).ToArray());
    }

    [TestMethod]
    public void Rows_whose_number_is_not_one_are_left_out_and_counted()
    {
        TextRow[] rows = TextRow.Make(12);
        (rows[3].Value, rows[4].Value) = (float.NaN, float.PositiveInfinity);
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        using (BertSentenceSimilarityTransformer model = Trainer().Fit(_mlContext.Data.LoadFromEnumerable(rows)))
            Assert.IsTrue(model.Transform(_mlContext.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score").All(float.IsFinite));
        Assert.Contains(warning => warning.StartsWith("2 rows have no label, or one that is not a number", StringComparison.Ordinal),
            warnings);
        foreach (TextRow row in rows)
            row.Value = float.NaN;
        StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => Trainer()
            .Fit(_mlContext.Data.LoadFromEnumerable(rows))).Message, "nothing to learn from");
    }

    /// <summary>A checkpoint that has learned numbers says them itself; what goes on from it, at hardly
    /// any rate, says them still.</summary>
    [TestMethod]
    public void A_checkpoint_of_numbers_is_gone_on_from()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(36));
        string directory = Directory.CreateTempSubdirectory("numbers").FullName;
        try
        {
            float[] first;
            using (BertSentenceSimilarityTransformer model = Trainer().Fit(data))
            {
                first = [.. model.Transform(data).GetColumn<float>("Score")];
                model.SaveToDirectory(directory);
            }
            BertSentenceSimilarityEstimator.Options options = Options();
            (options.Model, options.Epochs, options.LearningRate) = (EncoderModel.FromDirectory(directory), 1, 1e-9);
            using BertSentenceSimilarityTransformer second = Trainer(options: options).Fit(data);
            float[] scores = [.. second.Transform(data).GetColumn<float>("Score")];
            for (int i = 0; i < first.Length; i++)
                Assert.AreEqual(first[i], scores[i], 1e-3f);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public void Pairs_AsTheTokenizerMakesThem_AreKept_InFilesOfBothKinds()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
        string given = Directory.CreateTempSubdirectory("pairs").FullName, saved = Directory.CreateTempSubdirectory("pairs").FullName;
        try
        {
            using (MaskedLanguageModel model = TinyModel.Model.LoadMaskedLanguageModel(CpuEngine.Shared))
                EncoderCheckpoint.Save(model, TinyModel.Model.Tokenizer, given);
            Assert.AreEqual(2, EncoderFamily.Roberta.SeparatorsOf(EncoderModel.FromDirectory(given).Tokenizer));
            SetPair("[CLS] A [SEP] B [SEP]");
            BertSentenceSimilarityEstimator.Options options = Options();
            (options.Model, options.Epochs) = (EncoderModel.FromDirectory(given), 1);
            using BertSentenceSimilarityTransformer trained = Trainer(options: options).Fit(data);
            float[] scores = [.. trained.Transform(data).GetColumn<float>("Score")];
            trained.SaveToDirectory(saved);
            Assert.AreEqual(1, EncoderFamily.Roberta.SeparatorsOf(EncoderModel.FromDirectory(saved).Tokenizer));

            using var stream = new MemoryStream();
            _mlContext.Model.Save(trained, data.Schema, stream);
            stream.Position = 0;
            ITransformer loaded = Contexts.Create().Model.Load(stream, out _);
            CollectionAssert.AreEqual(scores, loaded.Transform(data).GetColumn<float>("Score").ToArray());
            (loaded as IDisposable)?.Dispose();

            SetPair("A B");
            options.Model = EncoderModel.FromDirectory(given);
            StringAssert.Contains(Assert.Throws<TokenizerException>(() => Trainer(options: options)).Message,
                "makes of a pair of texts A B, which is not supported");
        }
        finally
        {
            Directory.Delete(given, recursive: true);
            Directory.Delete(saved, recursive: true);
        }

        void SetPair(string pair)
        {
            string path = Path.Combine(given, "tokenizer.json");
            JsonNode root = JsonNode.Parse(File.ReadAllText(path))!;
            Tokenizer tokenizer = TinyModel.Model.Tokenizer;
            root["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = Pieces("[CLS] A [SEP]"),
                ["pair"] = Pieces(pair),
                ["special_tokens"] = new JsonObject
                {
                    ["[CLS]"] = Special("[CLS]", tokenizer.BeginToken),
                    ["[SEP]"] = Special("[SEP]", tokenizer.EndToken),
                },
            };
            File.WriteAllText(path, root.ToJsonString());

            JsonObject Special(string name, int id) =>
                new() { ["id"] = name, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(tokenizer.Spell(id)) };
        }

        static JsonArray Pieces(string template) => [.. template.Split(' ').Select(static part => (JsonNode)new JsonObject
        {
            [part[0] == '[' ? "SpecialToken" : "Sequence"] = new JsonObject { ["id"] = part, ["type_id"] = 0 },
        })];
    }

    [TestMethod]
    public void Labels_of_another_kind_are_refused()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(3));
        foreach (string label in new[] { "Category", "Flags", "Nowhere" })
            Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(label).Fit(data));
    }

    private string TrainedWithValidation(IDataView data)
    {
        BertSentenceSimilarityEstimator.Options options = Options();
        (options.ValidationFraction, options.Epochs) = (0.3, 1);
        using BertSentenceSimilarityTransformer model = Trainer(options: options).Fit(data);
        return model.TrainingReport!.Best!.Deciding.Name;
    }

    private static BertSentenceSimilarityEstimator.Options Options() =>
        new() { Model = TinyModel.Model, Epochs = 15, LearningRate = 5e-3, BatchTokens = 128, Seed = 1 };

    private BertSentenceSimilarityEstimator Trainer(string label = "Value", BertSentenceSimilarityEstimator.Options? options = null)
    {
        options ??= Options();
        options.LabelColumnName = label;
        return _mlContext.Regression.Trainers.BertSentenceSimilarity(options);
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
