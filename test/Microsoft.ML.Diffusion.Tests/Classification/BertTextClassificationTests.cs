using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class BertTextClassificationTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void A_pipeline_learns_classes_that_ML_NET_evaluates_and_cross_validates()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(60));
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Append(Trainer());
        using TransformerChain<BertTextClassificationTransformer> model = pipeline.Fit(data);
        IDataView scored = model.Transform(data);
        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(scored);
        Assert.IsGreaterThan(0.95, metrics.MicroAccuracy);
        Assert.IsLessThan(0.3, metrics.LogLoss);

        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.AreEqual("cat dog mat", string.Join(' ', names.DenseValues()));
        scored.Schema["PredictedLabel"].GetKeyValues(ref names);
        Assert.AreEqual("cat dog mat", string.Join(' ', names.DenseValues()));
        Assert.AreEqual("Key<UInt32, 0-2>", scored.Schema["PredictedLabel"].Type.ToString());
        Assert.AreEqual("Vector<Single, 3>", scored.Schema["Score"].Type.ToString());
        foreach (VBuffer<float> scores in scored.GetColumn<VBuffer<float>>("Score"))
            Assert.AreEqual(1, scores.DenseValues().Sum(), 1e-5);

        IReadOnlyList<TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics>> folds =
            _mlContext.MulticlassClassification.CrossValidate(data, pipeline, numberOfFolds: 2);
        Assert.HasCount(2, folds);
        Assert.IsGreaterThan(0.8, folds.Average(fold => fold.Metrics.MicroAccuracy));
        foreach (TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics> fold in folds)
            ((IDisposable)fold.Model).Dispose();
    }

    [TestMethod]
    public void Pairs_are_scored_by_both_sentences()
    {
        TextRow[] rows = TextRow.Make(90);
        foreach (TextRow row in rows)
            row.Category = row.Tags.Length == 1 ? "same" : "other";
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        BertTextClassificationEstimator.Options options = Options();
        options.Epochs = 30;
        using TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer(options, pairs: true)).Fit(data);
        Assert.IsGreaterThan(0.9, _mlContext.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy);
        Assert.AreEqual("Sentence2", model.LastTransformer.Sentence2ColumnName);
    }

    [TestMethod]
    public void A_saved_model_gives_the_same_outputs_in_another_context_and_in_another_process()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        var pipeline = Keys().Append(Trainer(pairs: false))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("Animal", "PredictedLabel"));
        using var model = pipeline.Fit(data);
        string path = Path.Combine(Directory.CreateTempSubdirectory("classification").FullName, "model.zip");
        try
        {
            _mlContext.Model.Save(model, data.Schema, path);
            var other = Contexts.Create(seed: 99);
            ITransformer loaded = other.Model.Load(path, out _);
            IDataView rows = other.Data.LoadFromEnumerable(TextRow.Make(24));
            AssertSameScores(model.Transform(data), loaded.Transform(rows));
            BertTextClassificationTransformer again = ((IEnumerable<ITransformer>)loaded)
                .OfType<BertTextClassificationTransformer>().Single();
            Assert.IsNull(again.TrainingReport);
            Assert.AreEqual(TinyModel.MaxLength, again.MaxLength);
            again.Dispose();

            // Without the label, which is not read: only what a user has when texts are to be scored.
            ITransformer scorer = Trainer().Fit(Keys().Fit(data).Transform(data));
            IDataView unlabeled = _mlContext.Data.LoadFromEnumerable([new Unlabeled { Sentence1 = "dog dog" }]);
            ITransformer names = _mlContext.Transforms.Conversion.MapKeyToValue("Animal", "PredictedLabel")
                .Fit(scorer.Transform(unlabeled));
            _mlContext.Model.Save(new TransformerChain<ITransformer>(scorer, names), unlabeled.Schema, path);
            string[] lines = FreshProcess.LoadAndTransform(path, "Sentence1", "Animal", "dog dog", "cat");
            StringAssert.StartsWith(lines[0], typeof(BertTextClassificationTransformer).FullName!);
            CollectionAssert.AreEqual(new[] { "dog", "cat" }, lines[2..]);
            ((IDisposable)scorer).Dispose();
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [TestMethod]
    public void Labels_of_numbers_keep_their_type_in_the_file()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(12));
        using TransformerChain<BertTextClassificationTransformer> model =
            _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Value)).Append(Trainer()).Fit(data);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = Contexts.Create().Model.Load(stream, out _);
        foreach (ITransformer each in new[] { model, loaded })
        {
            DataViewSchema schema = each.Transform(data).Schema;
            VBuffer<float> values = default;
            schema["PredictedLabel"].GetKeyValues(ref values);
            CollectionAssert.AreEqual(new[] { 100f, 101, 102 }, values.DenseValues().ToArray());
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema["Score"].GetSlotNames(ref names);
            Assert.AreEqual("100 101 102", string.Join(' ', names.DenseValues()));
        }
        ((IDisposable)loaded).Dispose();
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_a_cursor_gives()
    {
        TextRow[] rows = TextRow.Make(40);
        rows[7].Sentence1 = string.Join(' ', Enumerable.Repeat("cat", 100));
        rows[8].Sentence1 = "";
        rows[9].Sentence1 = null;
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        using TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer()).Fit(data);
        float[][] batch = [.. model.Transform(data).GetColumn<VBuffer<float>>("Score").Select(scores => scores.DenseValues().ToArray())];
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        using PredictionEngine<TextRow, Prediction> engine =
            _mlContext.Model.CreatePredictionEngine<TextRow, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < rows.Length; i++)
        {
            Prediction prediction = engine.Predict(rows[i]);
            Contexts.AssertSameInAnyBatch(batch[i], prediction.Score, $"row {i}");
            Assert.AreEqual(Array.IndexOf(batch[i], batch[i].Max()) + 1, (int)prediction.PredictedLabel);
        }
        Assert.ContainsSingle(warnings.Where(warning => warning.Contains("longer than 32 tokens", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(batch[8], batch[9], "a missing text is an empty one");
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_model_and_another_one_another()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        float[] first = Scores(1), again = Scores(1), other = Scores(2);
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);

        float[] Scores(int seed)
        {
            BertTextClassificationEstimator.Options options = Options();
            (options.Seed, options.Epochs) = (seed, 2);
            using TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer(options)).Fit(data);
            return [.. model.Transform(data).GetColumn<VBuffer<float>>("Score").SelectMany(scores => scores.DenseValues())];
        }
    }

    [TestMethod]
    public void Rows_are_held_out_and_measured_and_the_report_says_so()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(60));
        var infos = new Messages(_mlContext, ChannelMessageKind.Info);
        BertTextClassificationEstimator.Options options = Options();
        options.ValidationFraction = 0.2;
        using (TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer(options)).Fit(data))
        {
            Assert.AreEqual("accuracy", model.LastTransformer.TrainingReport!.Best!.Deciding.Name);
            Assert.Contains(info => info.Contains("head.output.weight", StringComparison.Ordinal) &&
                info.Contains("start from fresh weights", StringComparison.Ordinal), infos);
        }
        (options.ValidationFraction, options.ValidationSet) =
            (0, Keys().Fit(data).Transform(_mlContext.Data.LoadFromEnumerable(TextRow.Make(9))));
        using (TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer(options)).Fit(data))
            Assert.IsNotNull(model.LastTransformer.TrainingReport!.Best);

        // A validation set that numbers the classes otherwise would be measured wrongly.
        IDataView reversed = _mlContext.Data.LoadFromEnumerable(TextRow.Make(9).Reverse());
        options.ValidationSet = Keys().Fit(reversed).Transform(reversed);
        StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => Keys().Append(Trainer(options)).Fit(data)).Message,
            "same order");
    }

    [TestMethod]
    public void What_cannot_be_learned_from_is_counted_or_refused()
    {
        TextRow[] rows = TextRow.Make(30);
        (rows[0].Category, rows[1].Sentence1, rows[2].Sentence1) = (null, "", string.Join(' ', Enumerable.Repeat("dog", 100_000)));
        rows[3].Category = "once";
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        var warnings = new Messages(_mlContext, ChannelMessageKind.Warning);
        BertTextClassificationEstimator.Options options = Options();
        (options.Epochs, options.BatchSize) = (1, 0);
        using (TransformerChain<BertTextClassificationTransformer> model = Keys().Append(Trainer(options)).Fit(data))
        {
            Assert.Contains(warning => warning.StartsWith("1 rows have no label", StringComparison.Ordinal), warnings);
            Assert.Contains(warning => warning.StartsWith("1 texts are longer than 32 tokens", StringComparison.Ordinal), warnings);
            Assert.Contains(warning => warning.StartsWith("1 texts are empty", StringComparison.Ordinal), warnings);
            Assert.AreEqual(4, ((VectorDataViewType)model.Transform(data).Schema["Score"].Type).Size,
                "a class that was seen once is a class");
        }

        // At scoring the label is not read; one that was not there while learning is a missing key, which Evaluate passes over.
        using TransformerChain<BertTextClassificationTransformer> known = Keys().Append(Trainer(options))
            .Fit(_mlContext.Data.LoadFromEnumerable(TextRow.Make(12)));
        TextRow[] strange = [.. TextRow.Make(3), new TextRow { Sentence1 = "cat", Category = "bird" }];
        Assert.HasCount(4, known.Transform(_mlContext.Data.LoadFromEnumerable(strange)).GetColumn<uint>("PredictedLabel").ToArray());
        Assert.IsTrue(
            double.IsFinite(
                _mlContext.MulticlassClassification.Evaluate(known.Transform(_mlContext.Data.LoadFromEnumerable(strange))).LogLoss));

        foreach (TextRow row in rows)
            row.Category = "one";
        StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => Keys().Append(Trainer())
            .Fit(_mlContext.Data.LoadFromEnumerable(rows))).Message, "two or more");
    }

    [TestMethod]
    public void Columns_of_the_wrong_kind_are_refused_before_anything_is_read()
    {
        var spy = new SpyDataView(_mlContext.Data.LoadFromEnumerable(TextRow.Make(3)));
        foreach ((string label, string sentence1, string? sentence2, string part) in new (string, string, string?, string)[]
        {
            ("Nowhere", "Sentence1", null, "Nowhere"), ("Category", "Sentence1", null, "MapValueToKey"),
                ("Flags", "Sentence1", null, "Key"),
            ("Label", "Nowhere", null, "Nowhere"), ("Label", "Value", null, "String"), ("Label", "Sentence1", "Nowhere", "Nowhere"),
            ("Label", "Sentence1", "Flags", "String"),
        })
        {
            BertTextClassificationEstimator.Options options = Options();
            (options.LabelColumnName, options.Sentence1ColumnName, options.Sentence2ColumnName) = (label, sentence1, sentence2);
            BertTextClassificationEstimator trainer = Trainer(options, pairs: sentence2 is not null);
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => Keys().Append(trainer).Fit(spy)).Message, part);
            if (label == "Label")
                continue;
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(spy)).Message, part);
        }
    }

    [TestMethod]
    public void Options_out_of_range_are_refused_when_the_trainer_is_made()
    {
        foreach (Action<BertTextClassificationEstimator.Options> change in new Action<BertTextClassificationEstimator.Options>[]
        {
            options => options.LabelSmoothing = 1, options => options.BatchSize = -1, options => options.LearningRate = 0,
                options => options.MaxLength = 33,
            options => options.MaxLength = 3, options => options.ClassWeights = [1, -1],
            options => (options.ClassWeights, options.BalanceClasses) = ([1, 2, 3], true),
            options => options.DropoutRate = 1, options => options.ValidationFraction = 1, options => options.Epochs = double.NaN,
        })
        {
            BertTextClassificationEstimator.Options options = Options();
            change(options);
            Assert.Throws<ArgumentException>(() => Trainer(options));
        }
        Assert.Throws<ArgumentException>(() => _mlContext.MulticlassClassification.Trainers.BertTextClassification(scoreColumnName: "Same",
            outputColumnName: "Same"));
        Assert.Throws<ArgumentException>(
            () => _mlContext.MulticlassClassification.Trainers.BertTextClassification(sentence2ColumnName: " "));
    }

    [TestMethod]
    public void Classes_may_count_otherwise_than_they_occur()
    {
        // Nine cats to a dog in texts that say nothing: what is learned is how often each class counts.
        TextRow[] rows =
            [.. Enumerable.Range(0, 100).Select(i => new TextRow { Sentence1 = "mat", Category = i % 10 == 0 ? "dog" : "cat" })];
        IDataView data = Keys().Fit(_mlContext.Data.LoadFromEnumerable(rows)).Transform(_mlContext.Data.LoadFromEnumerable(rows));
        Assert.AreEqual(0.1, Dogs(options => { }), 0.06);
        Assert.AreEqual(0.5, Dogs(options => options.BalanceClasses = true), 0.12);
        Assert.AreEqual(0.9, Dogs(options => options.ClassWeights = [1, 81]), 0.08);

        double Dogs(Action<BertTextClassificationEstimator.Options> change)
        {
            BertTextClassificationEstimator.Options options = Options();
            options.LearningRate = 3e-3;
            change(options);
            // Keys are in the order of appearance: dog comes first.
            if (options.ClassWeights is not null)
                options.ClassWeights = [.. options.ClassWeights.Reverse()];
            using BertTextClassificationTransformer model = Trainer(options).Fit(data);
            return model.Transform(data).GetColumn<VBuffer<float>>("Score").First().GetItemOrDefault(0);
        }
    }

    private Transforms.ValueToKeyMappingEstimator Keys() =>
        _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category));

    private static BertTextClassificationEstimator.Options Options() =>
        new() { Model = TinyModel.Model, Epochs = 12, LearningRate = 5e-3, BatchTokens = 128, Seed = 1 };

    private BertTextClassificationEstimator Trainer(BertTextClassificationEstimator.Options? options = null, bool pairs = false)
    {
        options ??= Options();
        options.Sentence2ColumnName = pairs ? options.Sentence2ColumnName ?? "Sentence2" : null;
        return _mlContext.MulticlassClassification.Trainers.BertTextClassification(options);
    }

    private static void AssertSameScores(IDataView expected, IDataView actual) => CollectionAssert.AreEqual(
        expected.GetColumn<VBuffer<float>>("Score").SelectMany(scores => scores.DenseValues()).ToArray(),
        actual.GetColumn<VBuffer<float>>("Score").SelectMany(scores => scores.DenseValues()).ToArray());

    private sealed class Prediction
    {
        [KeyType(3)]
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class Unlabeled
    {
        public string? Sentence1 { get; set; }
    }
}
