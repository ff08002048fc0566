using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>How classifications are measured, on ML.NET as on its stand-in.</summary>
[TestClass]
public sealed class MulticlassEvaluationTests
{
    private static readonly Scored[] s_rows =
    [
        new() { Label = 0, Score = [0.7f, 0.2f, 0.1f] },
        new() { Label = 0, Score = [0.3f, 0.6f, 0.1f] },
        new() { Label = 1, Score = [0.1f, 0.8f, 0.1f] },
        new() { Label = 2, Score = [0.4f, 0.3f, 0.3f] },
        new() { Label = 3, Score = [0.4f, 0.3f, 0.3f] }, // no label: not counted
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Metrics_are_those_of_their_definitions()
    {
        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(
            _mlContext.Data.LoadFromEnumerable(s_rows), predictedLabelColumnName: "Label", topKPredictionCount: 2);
        double logLoss = -(Math.Log(0.7) + Math.Log(0.3) + Math.Log(0.8) + Math.Log(0.3)) / 4;
        double entropy = -((0.5 * Math.Log(0.5)) + (2 * 0.25 * Math.Log(0.25)));
        Assert.AreEqual(0.5, metrics.MicroAccuracy, 1e-12);
        Assert.AreEqual((0.5 + 1 + 0) / 3, metrics.MacroAccuracy, 1e-12);
        Assert.AreEqual(logLoss, metrics.LogLoss, 1e-6);
        Assert.AreEqual((entropy - logLoss) / entropy, metrics.LogLossReduction, 1e-6);
        Assert.AreEqual(2, metrics.TopKPredictionCount);
        Assert.AreEqual(0.75, metrics.TopKAccuracy, 1e-12);
        CollectionAssert.AreEqual(new[] { 0.5, 0.75 }, metrics.TopKAccuracyForAllK.ToArray());
        Assert.HasCount(3, metrics.PerClassLogLoss);
        Assert.AreEqual(-Math.Log(0.8), metrics.PerClassLogLoss[1], 1e-6);
    }

    [TestMethod]
    public void Classes_taken_for_others_are_counted()
    {
        ConfusionMatrix confusion = Confusion(null);
        Assert.AreEqual(3, confusion.NumberOfClasses);
        CollectionAssert.AreEqual(new double[] { 1, 1, 0 }, confusion.Counts[0].ToArray());
        CollectionAssert.AreEqual(new double[] { 1, 0, 0 }, confusion.Counts[2].ToArray());
        Assert.AreEqual(1, confusion.GetCountForClassPair(predictedClassIndicatorIndex: 1, actualClassIndicatorIndex: 0));
        Assert.AreEqual(0, confusion.GetCountForClassPair(predictedClassIndicatorIndex: 0, actualClassIndicatorIndex: 1));
        CollectionAssert.AreEqual(new[] { 0.5, 0.5, 0 }, confusion.PerClassPrecision.ToArray());
        CollectionAssert.AreEqual(new[] { 0.5, 1, 0 }, confusion.PerClassRecall.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => confusion.GetCountForClassPair(0, 3));
    }

    [TestMethod]
    public void The_confusion_table_names_classes_as_the_scores_do()
    {
        string[] plain =
        [
            "",
            "Confusion table",
            "          ||========================",
            "PREDICTED ||     0 |     1 |     2 | Recall",
            "TRUTH     ||========================",
            "        0 ||     1 |     1 |     0 | 0.5000",
            "        1 ||     0 |     1 |     0 | 1.0000",
            "        2 ||     1 |     0 |     0 | 0.0000",
            "          ||========================",
            "Precision ||0.5000 |0.5000 |0.0000 |",
            "",
        ];
        CollectionAssert.AreEqual(plain, Confusion(null).GetFormattedConfusionTable().Split(Environment.NewLine));
        string[] named = Confusion(["neg", "neutral", "pos"]).GetFormattedConfusionTable().Split(Environment.NewLine);
        Assert.AreEqual("PREDICTED  ||     0 |     1 |     2 | Recall", named[3]);
        Assert.AreEqual("1. neutral ||     0 |     1 |     0 | 1.0000", named[6]);
    }

    [TestMethod]
    public void There_are_places_for_trainers()
    {
        Assert.IsInstanceOfType<TrainCatalogBase.CatalogInstantiatorBase>(_mlContext.MulticlassClassification.Trainers);
        Assert.IsInstanceOfType<TrainCatalogBase.CatalogInstantiatorBase>(_mlContext.Regression.Trainers);
    }

    [TestMethod]
    public void Columns_that_do_not_fit_are_refused()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(s_rows);
        Exception score = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.MulticlassClassification.Evaluate(data, "Label", "Label", "Label"));
        StringAssert.Contains(score.Message, "vector of two or more items of type Single");
        Exception absent = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.MulticlassClassification.Evaluate(data, "Nothing"));
        StringAssert.Contains(absent.Message, "Nothing");
    }

    [TestMethod]
    public void Cross_validation_scores_every_row_once()
    {
        Scored[] rows = [.. Enumerable.Range(0, 60).Select(i => new Scored { Label = (uint)(i % 3), Score = [.. Enumerable.Range(0, 3).Select(k => k == i % 3 ? 0.8f : 0.1f)] })];
        EstimatorChain<Transforms.ColumnCopyingTransformer> estimator = _mlContext.Transforms.CopyColumns("PredictedLabel", "Label").Append(_mlContext.Transforms.CopyColumns("Copy", "Label"));
        IReadOnlyList<TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics>> folds =
            _mlContext.MulticlassClassification.CrossValidate(_mlContext.Data.LoadFromEnumerable(rows), estimator, numberOfFolds: 3, seed: 4);
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, folds.Select(fold => fold.Fold).ToArray());
        Assert.AreEqual(60, folds.Sum(fold => fold.ScoredHoldOutSet.GetColumn<uint>("Copy").Count()));
        foreach (TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics> fold in folds)
        {
            Assert.AreEqual(1, fold.Metrics.MicroAccuracy);
            Assert.AreEqual(-Math.Log(0.8), fold.Metrics.LogLoss, 1e-6);
            Assert.IsInstanceOfType<ITransformer>(fold.Model);
        }
    }

    private ConfusionMatrix Confusion(string[]? names)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Scored));
        if (names is not null)
            definition["Score"].AddAnnotation("SlotNames", new VBuffer<ReadOnlyMemory<char>>(3, [.. names.Select(name => name.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, 3));
        return _mlContext.MulticlassClassification.Evaluate(_mlContext.Data.LoadFromEnumerable(s_rows, definition), predictedLabelColumnName: "Label").ConfusionMatrix;
    }

    private sealed class Scored
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }
}
