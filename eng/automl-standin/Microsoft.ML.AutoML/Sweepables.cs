using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>A value with a search space.</summary>
public interface ISweepable
{
    SearchSpace.SearchSpace SearchSpace { get; }
}

/// <summary>Creates an estimator from a parameter.</summary>
public interface ISweepable<out T> : ISweepable
    where T : IEstimator<ITransformer>
{
    T BuildFromOption(MLContext context, Parameter parameter);
}

/// <summary>The base class of estimators with parameters.</summary>
public class Estimator
{
    protected Estimator() { }
}

/// <summary>An estimator with a search space for its parameters.</summary>
public class SweepableEstimator : Estimator, ISweepable<IEstimator<ITransformer>>
{
    private readonly Func<MLContext, Parameter, IEstimator<ITransformer>> _factory;

    public SweepableEstimator(Func<MLContext, Parameter, IEstimator<ITransformer>> factory, SearchSpace.SearchSpace ss) =>
        (_factory, SearchSpace) = (factory, ss);

    public SearchSpace.SearchSpace SearchSpace { get; set; }

    public virtual IEstimator<ITransformer> BuildFromOption(MLContext context, Parameter param) => _factory(context, param);
}

/// <summary>Estimators in sequence.</summary>
public class SweepablePipeline : ISweepable<EstimatorChain<ITransformer>>
{
    private const string SchemaOption = "_SCHEMA_";
    private readonly SweepableEstimator[] _estimators;

    internal SweepablePipeline(params SweepableEstimator[] estimators) => _estimators = estimators;

    public SearchSpace.SearchSpace SearchSpace
    {
        get
        {
            var space = new SearchSpace.SearchSpace { [SchemaOption] =
                new ChoiceOption(string.Join(" * ", _estimators.Select((_, i) => Key(i)))) };
            for (int i = 0; i < _estimators.Length; i++)
                space[Key(i)] = _estimators[i].SearchSpace;
            return space;
        }
    }

    public EstimatorChain<ITransformer> BuildFromOption(MLContext context, Parameter parameter)
    {
        var chain = new EstimatorChain<ITransformer>();
        for (int i = 0; i < _estimators.Length; i++)
            chain = chain.Append(_estimators[i].BuildFromOption(context, parameter[Key(i)]));
        return chain;
    }

    private static string Key(int index) => $"e{index}";
}

/// <summary>Combines sweepable pipelines.</summary>
public static class SweepableExtension
{
    public static SweepablePipeline Append(this IEstimator<ITransformer> estimator, SweepableEstimator estimator1) =>
        new(Fixed(estimator), estimator1);
    public static SweepablePipeline Append(this SweepableEstimator estimator, IEstimator<ITransformer> estimator1) =>
        new(estimator, Fixed(estimator1));

    private static SweepableEstimator Fixed(IEstimator<ITransformer> estimator) => new((_, _) => estimator, new SearchSpace.SearchSpace());
}
