using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Learns numbers, and measures how near they come.</summary>
public sealed class RegressionCatalog : TrainCatalogBase
{
    internal RegressionCatalog(IHostEnvironment env) : base(env, nameof(RegressionCatalog)) => Trainers = new RegressionTrainers(this);

    public RegressionTrainers Trainers { get; }

    public RegressionMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        Environment.CheckValue(data, nameof(data));
        DataViewSchema.Column label = Find("label", labelColumnName), score = Find("score", scoreColumnName);
        using DataViewRowCursor cursor = data.GetRowCursor([label, score]);
        ValueGetter<float> getLabel = cursor.GetGetter<float>(label), getScore = cursor.GetGetter<float>(score);
        var rows = new List<(double Label, double Score)>();
        while (cursor.MoveNext())
        {
            float expected = 0, found = 0;
            getLabel(ref expected);
            getScore(ref found);
            if (!float.IsNaN(expected) && !float.IsNaN(found))
                rows.Add((expected, found));
        }
        if (rows.Count == 0)
            return new RegressionMetrics(l1: 0, l2: 0, rms: 0, lossFunction: 0, rSquared: 0);

        double mean = rows.Average(row => row.Label), variance = rows.Average(row => Square(row.Label - mean)), l2 = rows.Average(row => Square(row.Label - row.Score));
        return new RegressionMetrics(
            l1: rows.Average(row => Math.Abs(row.Label - row.Score)), l2, rms: Math.Sqrt(l2), lossFunction: l2, rSquared: variance == 0 ? double.NaN : 1 - (l2 / variance));

        static double Square(double value) => value * value;

        DataViewSchema.Column Find(string role, string name)
        {
            DataViewSchema.Column column = data.Schema.GetColumnOrNull(Environment.CheckNonEmpty(name, nameof(name)))
                ?? throw Environment.ExceptSchemaMismatch(nameof(data), role, name);
            return column.Type == NumberDataViewType.Single ? column
                : throw Environment.ExceptSchemaMismatch("schema", role, name, "Single", column.Type.ToString());
        }
    }

    public IReadOnlyList<CrossValidationResult<RegressionMetrics>> CrossValidate(
        IDataView data,
        IEstimator<ITransformer> estimator,
        int numberOfFolds = 5,
        string labelColumnName = "Label",
        string samplingKeyColumnName = null,
        int? seed = null) =>
        [
            .. CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed).Select(fold =>
                new CrossValidationResult<RegressionMetrics>(fold.Model, Evaluate(fold.Scores, labelColumnName), fold.Scores, fold.Fold)),
        ];

    /// <summary>Extension methods add trainers.</summary>
    public sealed class RegressionTrainers : CatalogInstantiatorBase
    {
        internal RegressionTrainers(RegressionCatalog catalog) : base(catalog) { }
    }
}
