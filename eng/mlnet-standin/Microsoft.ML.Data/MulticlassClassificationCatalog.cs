using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Learns to tell classes apart, and measures how well.</summary>
public sealed class MulticlassClassificationCatalog : TrainCatalogBase
{
    private const float SmallestProbability = 1e-15f;

    internal MulticlassClassificationCatalog(IHostEnvironment env) : base(env, nameof(MulticlassClassificationCatalog)) =>
        Trainers = new MulticlassClassificationTrainers(this);

    public MulticlassClassificationTrainers Trainers { get; }

    public MulticlassClassificationMetrics Evaluate(
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        int topKPredictionCount = 0)
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckUserArg(topKPredictionCount >= 0, nameof(topKPredictionCount), "Must be non-negative");
        DataViewSchema.Column label = Find("label", labelColumnName), score = Find("score", scoreColumnName);
        Find("predicted label", predictedLabelColumnName);
        if (score.Type is not VectorDataViewType { Size: >= 2 } vector || vector.ItemType != NumberDataViewType.Single)
            throw Environment.ExceptSchemaMismatch("schema", "score", score.Name, "vector of two or more items of type Single", score.Type.ToString());
        if (label.Type is not KeyDataViewType && label.Type != NumberDataViewType.Single)
            throw Environment.ExceptSchemaMismatch("schema", "label", label.Name, "Single or Key", label.Type.ToString());

        // A row whose label is missing or no class, or whose scores are no numbers, is not counted.
        double[] losses = new double[vector.Size], ranks = new double[vector.Size + 1];
        double[][] counts = [.. losses.Select(_ => new double[vector.Size])];
        double loss = 0, all = 0;
        using DataViewRowCursor cursor = data.GetRowCursor([label, score]);
        Func<float> getPlace = label.Type is KeyDataViewType ? MakePlaceGetter<uint>(1) : MakePlaceGetter<float>(0);
        ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> row = default;
        while (cursor.MoveNext())
        {
            float place = getPlace();
            getScores(ref row);
            float[] scores = [.. row.DenseValues()];
            if (place < 0 || place != (int)place || !scores.All(float.IsFinite))
                continue;
            bool isKnown = place < scores.Length;
            float own = isKnown ? scores[(int)place] : 0;
            double rowLoss = -Math.Log(Math.Clamp(own, SmallestProbability, 1));
            all++;
            loss += rowLoss;
            ranks[scores.Where((other, i) => other > own || (other == own && i < place)).Count()]++;
            if (!isKnown)
                continue;
            counts[(int)place][Array.IndexOf(scores, scores.Max())]++;
            losses[(int)place] += rowLoss;
        }
        double[] rows = [.. counts.Select(row => row.Sum())], columns = [.. losses.Select((_, i) => counts.Sum(row => row[i]))];
        double[] right = [.. counts.Select((row, i) => row[i])];
        double[] recall = [.. right.Zip(rows, Ratio)], precision = [.. right.Zip(columns, Ratio)];
        double entropy = -rows.Where(count => count > 0).Sum(count => count / all * Math.Log(count / all));
        return new MulticlassClassificationMetrics(
            accuracyMicro: Ratio(right.Sum(), all),
            accuracyMacro: recall.Where((_, i) => rows[i] > 0).DefaultIfEmpty().Average(),
            logLoss: Ratio(loss, all),
            logLossReduction: (entropy - Ratio(loss, all)) / entropy,
            topKPredictionCount,
            topKAccuracies: topKPredictionCount == 0 ? null : [.. Enumerable.Range(1, topKPredictionCount).Select(k => ranks.Take(k).Sum() / all)],
            perClassLogLoss: [.. losses.Zip(rows, Ratio)],
            new ConfusionMatrix(Environment.Register(nameof(ConfusionMatrix)), precision, recall, counts, GetNames(score, vector.Size), isSampled: false, isBinary: false));

        static double Ratio(double part, double whole) => whole > 0 ? part / whole : 0;

        Func<float> MakePlaceGetter<T>(int first)
            where T : INumberBase<T>
        {
            ValueGetter<T> get = cursor.GetGetter<T>(label);
            T value = default;
            return () =>
            {
                get(ref value);
                return float.CreateChecked(value) - first;
            };
        }

        DataViewSchema.Column Find(string role, string name) => data.Schema.GetColumnOrNull(Environment.CheckNonEmpty(name, nameof(name)))
            ?? throw Environment.ExceptSchemaMismatch(nameof(data), role, name);
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(
        IDataView data,
        IEstimator<ITransformer> estimator,
        int numberOfFolds = 5,
        string labelColumnName = "Label",
        string samplingKeyColumnName = null,
        int? seed = null) =>
        [
            .. CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed).Select(fold =>
                new CrossValidationResult<MulticlassClassificationMetrics>(fold.Model, Evaluate(fold.Scores, labelColumnName), fold.Scores, fold.Fold)),
        ];

    private static List<ReadOnlyMemory<char>> GetNames(DataViewSchema.Column score, int count)
    {
        if (!score.HasSlotNames())
            return [.. Enumerable.Range(0, count).Select(i => $"{i}".AsMemory())];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues()];
    }

    /// <summary>Extension methods add trainers.</summary>
    public sealed class MulticlassClassificationTrainers : CatalogInstantiatorBase
    {
        internal MulticlassClassificationTrainers(MulticlassClassificationCatalog catalog) : base(catalog) { }
    }
}
