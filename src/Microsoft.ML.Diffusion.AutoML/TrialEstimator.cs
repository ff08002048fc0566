using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// An estimator that can be cancelled by a trial's context while it is fitted, and whose transformer cannot be afterwards: AutoML cancels
/// the context of every trial at its end, and what the trial fitted is to be used after that. So it is made in another context.
/// </summary>
internal sealed class TrialEstimator : IEstimator<ITransformer>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
    private readonly MLContext _own;
    private readonly IEstimator<ITransformer> _estimator;
    private readonly IHost _trial;
    private readonly CancellationToken _cancellation;

    /// <summary>Makes an estimator.</summary>
    /// <param name="trial">The trial's context, whose seed, engine and log are the estimator's.</param>
    /// <param name="make">Makes it in a context.</param>
    public TrialEstimator(MLContext trial, Func<MLContext, IEstimator<ITransformer>> make)
    {
        _trial = ((IHostEnvironment)trial).Register(nameof(TrialEstimator));
        _own = Contexts.Like(trial, ((IHostEnvironmentInternal)trial).Seed, "Trial");
        _cancellation = TrialCancellation.Of(trial);
        _estimator = make(_own);
    }

    public ITransformer Fit(IDataView input)
    {
        _trial.CheckAlive();
        using CancellationTokenRegistration cancellation = _cancellation.Register(_own.CancelExecution);
        // A host can only be asked whether it is cancelled.
        using var watch = new Timer(
            _ =>
            {
                if (_trial is ICancelable { IsCanceled: true })
                    _own.CancelExecution();
            },
            null, s_interval, s_interval);
        return _estimator.Fit(input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimator.GetOutputSchema(inputSchema);
}
