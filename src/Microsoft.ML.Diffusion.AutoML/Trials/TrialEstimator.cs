using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Sweeps;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// An estimator that is canceled with its trial during Fit only. AutoML cancels the context of every trial at its end, but the fitted
/// transformer must stay usable after that. So the estimator is created in another context, and its options have the trial's token during
/// Fit only. The transformer gets the token that the options had before: a transformer may outlive many trials and does not hold their
/// tokens.
/// </summary>
/// <typeparam name="TModel">The transformer's model.</typeparam>
internal sealed class TrialEstimator<TModel> : IEstimator<ITransformer> where TModel : EncoderWithHead
{
    private readonly IEstimator<ModelTransformerBase<TModel>> _estimator;
    private readonly Cancellation _cancellation;
    private readonly CancellationToken _trial, _configured;
    private readonly Action<CancellationToken> _setToken;

    /// <summary>Creates an estimator.</summary>
    /// <param name="trial">The trial's context, which provides the seed, the engine and the log.</param>
    /// <param name="make">Creates the estimator in a context.</param>
    /// <param name="setToken">Sets the token of its options, which is read when Fit is called.</param>
    /// <param name="configured">The token in its options now.</param>
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
