using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// An estimator that is cancelled with a trial while it is fitted, and whose transformer is not afterwards: AutoML cancels the context of
/// every trial at its end, and what the trial fitted is to be used after that. So it is made in another context, with a token of its own.
/// </summary>
internal sealed class TrialEstimator : IEstimator<ITransformer>
{
    private readonly IEstimator<ITransformer> _estimator;
    private readonly Cancellation _cancellation;
    private readonly CancellationToken _trial;
    private readonly Action _cancelOwn;

    /// <summary>Makes an estimator.</summary>
    /// <param name="trial">The trial's context, whose seed, engine and log are the estimator's.</param>
    /// <param name="make">Makes it in a context, with options that this token cancels.</param>
    public TrialEstimator(MLContext trial, Func<MLContext, CancellationToken, IEstimator<ITransformer>> make)
    {
        _cancellation = new Cancellation(((IHostEnvironment)trial).Register(nameof(TrialEstimator)), "The trial");
        _trial = TrialScope.Of(trial).CancellationToken;
        var own = new CancellationTokenSource(); // not disposed: transformers keep its token
        _cancelOwn = own.Cancel;
        _estimator = make(Contexts.Like(trial, ((IHostEnvironmentInternal)trial).Seed, "Trial"), own.Token);
    }

    public ITransformer Fit(IDataView input) => _cancellation.Run(
        stop =>
        {
            using CancellationTokenRegistration registration = stop.Register(_cancelOwn);
            return _estimator.Fit(input);
        },
        _trial);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimator.GetOutputSchema(inputSchema);
}
