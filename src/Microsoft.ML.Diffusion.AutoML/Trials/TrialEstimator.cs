using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Sweeps;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// An estimator that is cancelled with a trial while it is fitted, and whose transformer is not afterwards: AutoML cancels the context of
/// every trial at its end, and what the trial fitted is to be used after that. So it is made in another context, and its options have the
/// trial's token during a Fit only. The transformer has the token that the options had, which may outlive many trials and keeps none.
/// </summary>
/// <typeparam name="TModel">The transformer's model.</typeparam>
internal sealed class TrialEstimator<TModel> : IEstimator<ITransformer> where TModel : EncoderWithHead
{
    private readonly IEstimator<ModelTransformerBase<TModel>> _estimator;
    private readonly Cancellation _cancellation;
    private readonly CancellationToken _trial, _configured;
    private readonly Action<CancellationToken> _setToken;

    /// <summary>Makes an estimator.</summary>
    /// <param name="trial">The trial's context, whose seed, engine and log are the estimator's.</param>
    /// <param name="make">Makes it in a context.</param>
    /// <param name="setToken">Sets the token of its options, which is read when Fit is called.</param>
    /// <param name="configured">The token that its options have now.</param>
    public TrialEstimator(
        MLContext trial, Func<MLContext, IEstimator<ModelTransformerBase<TModel>>> make, Action<CancellationToken> setToken,
        CancellationToken configured)
    {
        _cancellation = new Cancellation(((IHostEnvironment)trial).Register(nameof(TrialEstimator<>)), "The trial");
        (_trial, _configured, _setToken) = (TrialScope.Of(trial).CancellationToken, configured, setToken);
        _estimator = make(Contexts.Like(trial, ((IHostEnvironmentInternal)trial).Seed, "Trial"));
    }

    public ITransformer Fit(IDataView input)
    {
        ModelTransformerBase<TModel> transformer = _cancellation.Run(
            stop =>
            {
                _setToken(stop);
                return _estimator.Fit(input);
            },
            _trial, _configured);
        transformer.CancellationToken = _configured;
        return transformer;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimator.GetOutputSchema(inputSchema);
}
