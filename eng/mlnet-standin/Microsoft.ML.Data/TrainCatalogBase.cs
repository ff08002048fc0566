using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The catalog of one kind of learning.</summary>
public abstract class TrainCatalogBase : IInternalCatalog
{
    private protected TrainCatalogBase(IHostEnvironment env, string registrationName) => Environment = env;
    internal IHostEnvironment Environment { get; }
    IHostEnvironment IInternalCatalog.Environment => Environment;

    private protected CrossValidationResult[] CrossValidateTrain(
        IDataView data, IEstimator<ITransformer> estimator, int numFolds, string samplingKeyColumn, int? seed = null)
    {
        Environment.CheckValue(estimator, nameof(estimator));
        var folds = new DataOperationsCatalog(Environment).CrossValidationSplit(data, numFolds, samplingKeyColumn, seed);
        return [.. folds.Select((split, fold) =>
        {
            ITransformer model = estimator.Fit(split.TrainSet);
            return new CrossValidationResult(model, model.Transform(split.TestSet), fold);
        })];
    }

    /// <summary>Extension methods add trainers.</summary>
    public abstract class CatalogInstantiatorBase : IInternalCatalog
    {
        private protected CatalogInstantiatorBase(TrainCatalogBase catalog) => Owner = catalog;
        internal TrainCatalogBase Owner { get; }
        IHostEnvironment IInternalCatalog.Environment => Owner.Environment;
    }

    /// <summary>What one fold of a cross-validation gave, not yet measured.</summary>
    internal struct CrossValidationResult
    {
        public readonly ITransformer Model;
        public readonly IDataView Scores;
        public readonly int Fold;
        public CrossValidationResult(ITransformer model, IDataView scores, int fold) => (Model, Scores, Fold) = (model, scores, fold);
    }

    /// <summary>What one fold of a cross-validation gave.</summary>
    public sealed class CrossValidationResult<T>
        where T : class
    {
        public readonly T Metrics;
        public readonly ITransformer Model;
        public readonly IDataView ScoredHoldOutSet;
        public readonly int Fold;

        internal CrossValidationResult(ITransformer model, T metrics, IDataView scores, int fold) =>
            (Model, Metrics, ScoredHoldOutSet, Fold) = (model, metrics, scores, fold);
    }
}
