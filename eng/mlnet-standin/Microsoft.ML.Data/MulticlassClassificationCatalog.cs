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
        double[] rows = new double[vector.Size], right = new double[vector.Size], losses = new double[vector.Size];
        double[] ranks = new double[vector.Size + 1];
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
            int rank = scores.Where((other, i) => other > own || (other == own && i < place)).Count();
            all++;
            loss += rowLoss;
            ranks[rank]++;
            if (!isKnown)
                continue;
            rows[(int)place]++;
            right[(int)place] += rank == 0 ? 1 : 0;
            losses[(int)place] += rowLoss;
        }
        double entropy = -rows.Where(count => count > 0).Sum(count => count / all * Math.Log(count / all));
        double[] topK = topKPredictionCount == 0 ? null : [.. Enumerable.Range(1, topKPredictionCount).Select(k => ranks.Take(k).Sum() / all)];
        return new MulticlassClassificationMetrics(
            accuracyMicro: all == 0 ? 0 : right.Sum() / all,
            accuracyMacro: right.Zip(rows, (r, count) => r / count).Where(double.IsFinite).DefaultIfEmpty().Average(),
            logLoss: all == 0 ? 0 : loss / all,
            logLossReduction: (entropy - (loss / all)) / entropy,
            topKPredictionCount,
            topK,
            perClassLogLoss: [.. losses.Zip(rows, (sum, count) => count > 0 ? sum / count : 0)]);

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
        int? seed = null)
    {
        Environment.CheckValue(estimator, nameof(estimator));
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = new DataOperationsCatalog(Environment).CrossValidationSplit(data, numberOfFolds, samplingKeyColumnName, seed);
        return [.. folds.Select((split, fold) =>
        {
            ITransformer model = estimator.Fit(split.TrainSet);
            IDataView scored = model.Transform(split.TestSet);
            return new CrossValidationResult<MulticlassClassificationMetrics>(model, Evaluate(scored, labelColumnName), scored, fold);
        })];
    }

    /// <summary>Extension methods add trainers.</summary>
    public sealed class MulticlassClassificationTrainers : CatalogInstantiatorBase
    {
        internal MulticlassClassificationTrainers(MulticlassClassificationCatalog catalog) : base(catalog)
        {
        }
    }
}
