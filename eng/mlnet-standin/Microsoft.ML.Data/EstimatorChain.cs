using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    /// <summary>What a part of a chain is for.</summary>
    [Flags]
    public enum TransformerScope
    {
        Training = 1 << 0,
        Testing = 1 << 1,
        Scoring = 1 << 2,
        Everything = Training | Testing | Scoring,
    }

    /// <summary>Estimators one after the other, each fitted on what those before it make of the data.</summary>
    public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
        where TLastTransformer : class, ITransformer
    {
        private readonly IEstimator<ITransformer>[] _estimators;
        private readonly TransformerScope[] _scopes;
        public EstimatorChain() => (_estimators, _scopes) = ([], []);

        private EstimatorChain(IEstimator<ITransformer>[] estimators, TransformerScope[] scopes) => (_estimators, _scopes) = (estimators, scopes);

        public TransformerChain<TLastTransformer> Fit(IDataView input)
        {
            Contracts.CheckValue(input, nameof(input));
            // Schemas that do not fit are found before anything is learnt.
            GetOutputSchema(SchemaShape.Create(input.Schema));
            var transformers = new ITransformer[_estimators.Length];
            for (int i = 0; i < transformers.Length; i++)
            {
                transformers[i] = _estimators[i].Fit(input);
                input = transformers[i].Transform(input);
            }
            return new TransformerChain<TLastTransformer>(transformers, _scopes);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimators.Aggregate(inputSchema, (schema, e) => e.GetOutputSchema(schema));

        public EstimatorChain<TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
            where TNewTrans : class, ITransformer
        {
            Contracts.CheckValue(estimator, nameof(estimator));
            return new EstimatorChain<TNewTrans>([.. _estimators, estimator], [.. _scopes, scope]);
        }
    }
}

namespace Microsoft.ML
{
    using Microsoft.ML.Data;

    /// <summary>Puts pipelines together.</summary>
    public static class LearningPipelineExtensions
    {
        public static EstimatorChain<TTrans> Append<TTrans>(
            this IEstimator<ITransformer> start, IEstimator<TTrans> estimator, TransformerScope scope = TransformerScope.Everything)
            where TTrans : class, ITransformer
        {
            Contracts.CheckValue(start, nameof(start));
            Contracts.CheckValue(estimator, nameof(estimator));
            return start is EstimatorChain<ITransformer> chain
                ? chain.Append(estimator, scope)
                : new EstimatorChain<ITransformer>().Append(start).Append(estimator, scope);
        }
    }
}
