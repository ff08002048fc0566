using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>How predicted numbers are measured, on ML.NET as on its stand-in.</summary>
[TestClass]
public sealed class RegressionEvaluationTests
{
    private static readonly Scored[] s_rows =
    [
        new() { Label = 1, Score = 2 },
        new() { Label = 2, Score = 2 },
        new() { Label = 6, Score = 3 },
        new() { Label = float.NaN, Score = 3 }, // no label: not counted
        new() { Label = 3, Score = float.NaN }, // no score: not counted
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Metrics_are_those_of_their_definitions()
    {
        RegressionMetrics metrics = _mlContext.Regression.Evaluate(_mlContext.Data.LoadFromEnumerable(s_rows));
        Assert.AreEqual(4 / 3.0, metrics.MeanAbsoluteError, 1e-6);
        Assert.AreEqual(10 / 3.0, metrics.MeanSquaredError, 1e-6);
        Assert.AreEqual(Math.Sqrt(10 / 3.0), metrics.RootMeanSquaredError, 1e-6);
        Assert.AreEqual(10 / 3.0, metrics.LossFunction, 1e-6);
        Assert.AreEqual(1 - (10 / 14.0), metrics.RSquared, 1e-6);
    }

    [TestMethod]
    public void Labels_that_are_all_the_same_explain_nothing() =>
        Assert.IsTrue(double.IsNaN(_mlContext.Regression.Evaluate(_mlContext.Data.LoadFromEnumerable(s_rows.Take(1))).RSquared));

    [TestMethod]
    public void Columns_that_do_not_fit_are_refused()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(s_rows);
        Exception text = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Regression.Evaluate(data, labelColumnName: "Text"));
        StringAssert.Contains(text.Message, "Schema mismatch for label column 'Text': expected Single, got String");
        Exception absent = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Regression.Evaluate(data, scoreColumnName: "Nothing"));
        StringAssert.Contains(absent.Message, "Nothing");
    }

    [TestMethod]
    public void Cross_validation_scores_every_row_once()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Scored { Label = i }));
        IReadOnlyList<TrainCatalogBase.CrossValidationResult<RegressionMetrics>> folds =
            _mlContext.Regression.CrossValidate(data, _mlContext.Transforms.CopyColumns("Score", "Label"), numberOfFolds: 3, seed: 4);
        Assert.AreEqual(40, folds.Sum(fold => fold.ScoredHoldOutSet.GetColumn<float>("Score").Count()));
        foreach (TrainCatalogBase.CrossValidationResult<RegressionMetrics> fold in folds)
            Assert.AreEqual(0, fold.Metrics.MeanAbsoluteError);
    }

    private sealed class Scored
    {
        public float Label { get; set; }

        public float Score { get; set; }

        public string? Text { get; set; }
    }
}
