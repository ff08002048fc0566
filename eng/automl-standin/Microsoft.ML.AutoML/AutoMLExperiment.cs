using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>The base class of experiments' settings.</summary>
public abstract class ExperimentSettings
{
    public ExperimentSettings() { }

    public uint MaxExperimentTimeInSeconds { get; set; } = 24 * 60 * 60;
    public int MaxModels = int.MaxValue;
}

/// <summary>Runs trials one after the other until the maximum number is reached, the time is over or the experiment is canceled.</summary>
public class AutoMLExperiment
{
    private IMonitor _monitor;
    private ITrialRunner _runner;
    private ITuner _tuner;

    public AutoMLExperiment(MLContext context, AutoMLExperimentSettings settings)
    {
        (Context, Settings) = (context, settings);
        settings.Seed ??= ((IHostEnvironmentInternal)context).Seed;
        settings.SearchSpace ??= [];
    }

    internal MLContext Context { get; }
    internal AutoMLExperimentSettings Settings { get; }
    internal SweepablePipelineRunner PipelineRunner { get; } = new();

    public AutoMLExperiment SetTrainingTimeInSeconds(uint trainingTimeInSeconds) =>
        With(() => Settings.MaxExperimentTimeInSeconds = trainingTimeInSeconds);
    public AutoMLExperiment SetMaxModelToExplore(int maxModel) => With(() => Settings.MaxModels = maxModel);
    public AutoMLExperiment AddSearchSpace(string key, SearchSpace.SearchSpace searchSpace) =>
        With(() => Settings.SearchSpace[key] = searchSpace);

    public AutoMLExperiment SetMonitor<TMonitor>(TMonitor monitor)
        where TMonitor : class, IMonitor => With(() => _monitor = monitor);

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(TTrialRunner runner)
        where TTrialRunner : class, ITrialRunner => With(() => _runner = runner);

    public AutoMLExperiment SetTuner<TTuner>(TTuner proposer)
        where TTuner : class, ITuner => With(() => _tuner = proposer);

    public TrialResult Run() => RunAsync().Result;

    public async Task<TrialResult> RunAsync(CancellationToken ct = default)
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(Settings.MaxExperimentTimeInSeconds));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, time.Token);
        TrialResult best = null;
        for (int id = 0; id < Settings.MaxModels && !stop.IsCancellationRequested; id++)
        {
            var trial = new TrialSettings { TrialId = id, Parameter = Parameter.CreateNestedParameter(), StartedAtUtc = DateTime.UtcNow };
            trial.Parameter = _tuner.Propose(trial);
            _monitor?.ReportRunningTrial(trial);
            try
            {
                using ITrialRunner runner = _runner;
                TrialResult result = await runner.RunAsync(trial, stop.Token);
                trial.EndedAtUtc = DateTime.UtcNow;
                _monitor?.ReportCompletedTrial(result);
                _tuner.Update(result);
                if (!(result.Loss < (best?.Loss ?? double.MaxValue)))
                    continue;
                best = result;
                _monitor?.ReportBestTrial(result);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                trial.EndedAtUtc = DateTime.UtcNow;
                _monitor?.ReportFailTrial(trial, exception);
                _tuner.Update(new TrialResult { TrialSettings = trial, Loss = double.MaxValue });
                // As in AutoML, a failure before the first success ends the whole experiment.
                if (exception is not (OperationCanceledException or OutOfMemoryException) && best is null)
                    throw;
            }
        }
        return best ?? throw new TimeoutException("Training time finished without completing a successful trial.");
    }

    private AutoMLExperiment With(Action set)
    {
        set();
        return this;
    }

    /// <summary>The settings of an experiment.</summary>
    public class AutoMLExperimentSettings : ExperimentSettings
    {
        public int? Seed { get; set; }
        public SearchSpace.SearchSpace SearchSpace { get; set; }
    }
}
