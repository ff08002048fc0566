using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion.Sweeps;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Runs the trials of a sweep for an experiment of AutoML: <see cref="SweepExperiment.SetSweep"/>. Each trial has its own context.
/// </summary>
/// <remarks>
/// A trial that throws is recorded, and the sweep continues. (AutoML itself ends the experiment if a trial throws before one has succeeded,
/// so it does not get the exception, but the worst possible loss.) AutoML disposes its runner after every trial. This runner holds nothing
/// between trials except the data of its <see cref="Report"/>, so disposing it does nothing.
/// </remarks>
public abstract class SweepTrialRunner : ITrialRunner
{
    internal const string SpaceName = "sweep";
    private readonly MLContext _mlContext;
    private readonly SweepOptions _options;
    private readonly Lazy<TrialFile> _file;
    private readonly List<TrialRecord> _ended = [];
    private TrialRecord? _best;

    private protected SweepTrialRunner(MLContext mlContext, ISweepable<IEstimator<ITransformer>> sweepable, IDataView data,
        SweepOptions options)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(sweepable);
        ArgumentNullException.ThrowIfNull(data);
        if (options.StopAfter < 0)
            throw new ArgumentException(
                $"StopAfter is {options.StopAfter}; expected the number of trials to compare with, 1 or more, or 0 to end none early.",
                nameof(options));
        if (options.Directory is { Length: 0 })
            throw new ArgumentException("Directory is empty; expected a directory, or null to keep no trials.", nameof(options));
        (_mlContext, Sweepable, Data, _options, Seed) = (mlContext, sweepable, data, options, options.Seed);
        _file = new Lazy<TrialFile>(() => new TrialFile(options.Directory is string directory ? Path.Combine(directory, "trials.jsonl")
            : null, Describe()));
    }

    /// <summary>The search space of the trials.</summary>
    public SearchSpace.SearchSpace SearchSpace => Sweepable.SearchSpace;

    /// <summary>The trials that have ended, in order.</summary>
    public SweepReport Report
    {
        get
        {
            lock (_ended)
                return new SweepReport([.. _ended]);
        }
    }

    private protected ISweepable<IEstimator<ITransformer>> Sweepable { get; }

    private protected IDataView Data { get; }

    internal int Seed { get; }

    /// <summary>Runs a trial, or takes its result from the file of trials if it is there.</summary>
    /// <exception cref="OperationCanceledException">The sweep was canceled.</exception>
    /// <exception cref="InvalidDataException">The file of trials belongs to another sweep or is damaged.</exception>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Task.Run(() => Run(settings, ct), CancellationToken.None);
    }

    /// <summary>Does nothing: see the remarks.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Creates the estimator of a trial, to fit it on all data or to measure it with another seed.</summary>
    /// <param name="context">The context of the estimator; its seed is used if <c>configure</c> sets none.</param>
    /// <param name="trial">The trial, such as the best, which the experiment returns.</param>
    public IEstimator<ITransformer> BuildEstimator(MLContext context, TrialResult trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return Sweepable.BuildFromOption(context, trial.TrialSettings.Parameter[SpaceName]);
    }

    /// <summary>Runs a trial.</summary>
    /// <param name="run">Receives the measurements.</param>
    /// <param name="values">The settings of the trial.</param>
    /// <param name="cancellationToken">Cancels the trial.</param>
    /// <returns>The fitted model.</returns>
    private protected abstract ITransformer RunTrial(TrialRun run, Parameter values, CancellationToken cancellationToken);

    /// <summary>A description of everything that the trials depend on besides the space and the seed, for the file of trials.</summary>
    private protected abstract string DescribeTrials();

    /// <summary>Creates the context of a trial: it has the sweep's engine and log, and is canceled with the trial.</summary>
    private protected MLContext NewContext(int seed, IProgress<TrainingProgress>? observer, CancellationToken cancellationToken)
    {
        MLContext context = Contexts.Like(_mlContext, seed, "Trial");
        cancellationToken.Register(context.CancelExecution);
        TrialScope.Set(context, new TrialScope(observer, cancellationToken));
        return context;
    }

    /// <summary>A short hash of text that is too long for the file.</summary>
    private protected static string Hash(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts)
            hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private string Describe()
    {
        double[] middle = new double[SearchSpace.FeatureSpaceDim];
        Array.Fill(middle, 0.5);
        string space =
            Hash([SearchSpace.SampleFromFeatureSpace(SearchSpace.Default).ToString(),
                SearchSpace.SampleFromFeatureSpace(middle).ToString()]);
        return string.Create(CultureInfo.InvariantCulture,
            $"{DescribeTrials()}; seed {Seed}; ended early after {_options.StopAfter} trials; space {space}");
    }

    private TrialResult Run(TrialSettings settings, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Parameter values = settings.Parameter[SpaceName];
        string parameters = values.ToString();
        if (_file.Value.Trials.FirstOrDefault(trial => trial.Id == settings.TrialId) is TrialRecord known)
        {
            if (known.Parameters != parameters)
                throw new InvalidDataException(
                    $"Trial {known.Id} in '{_options.Directory}' has the settings {known.Parameters}; expected {parameters}. Use another " +
                    "directory, or the same tuner as before.");
            return End(settings, known, Load(known));
        }
        var run = new TrialRun(points => _options.StopAfter > 0 && MedianRule.ShouldStop(_ended, _options.StopAfter, points));
        TrialRecord record;
        ITransformer? model = null;
        // Until the trial's end only: its model must stay usable if the sweep is canceled later.
        using var trial = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            model = RunTrial(run, values, trial.Token);
            record = run.ToRecord(settings.TrialId, parameters, TrialStatus.Completed, null);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The sweep was canceled; the running trial is dropped.", cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The token comes from configure: the trial has no result, so nothing is recorded.
            throw;
        }
        catch (TrialStoppedException)
        {
            record = run.ToRecord(settings.TrialId, parameters, TrialStatus.Stopped, null);
        }
        catch (Exception exception)
        {
            record = run.ToRecord(settings.TrialId, parameters, TrialStatus.Failed, exception.Message);
        }
        TrialRecord? before = _best;
        record = record with { WasBest = IsBest(record) };
        if (record.WasBest && ModelPath(record) is string path)
        {
            try
            {
                _mlContext.Model.SaveAtomically(model!, Data.Schema, path, cancellationToken);
            }
            catch
            {
                (model as IDisposable)?.Dispose();
                throw;
            }
        }
        _file.Value.Add(record);
        if (record.WasBest && before is not null && ModelPath(before) is string old)
            File.Delete(old);
        if (!record.WasBest)
        {
            (model as IDisposable)?.Dispose();
            model = null;
        }
        return End(settings, record, model);
    }

    private TrialResult End(TrialSettings settings, TrialRecord record, ITransformer? model)
    {
        lock (_ended)
            _ended.Add(record);
        if (IsBest(record))
            _best = record;
        var progress = new SweepProgress(record, _best, _ended.Count);
        using (IChannel channel = ((IChannelProvider)_mlContext).Start("Sweep"))
            channel.Send(new ChannelMessage(ChannelMessageKind.Info, MessageSensitivity.Unknown, progress.ToString()));
        _options.Progress?.Report(progress);
        return new TrialResult
        {
            TrialSettings = settings,
            Model = model,
            Metric = record.Metric,
            // An incomplete trial may not become the best, however good it looked: it gets the worst loss, which AutoML gives to failed
            // trials.
            Loss = record.Status == TrialStatus.Completed ? record.Loss : double.MaxValue,
            DurationInMilliseconds = record.Milliseconds,
        };
    }

    private bool IsBest(TrialRecord record) => record.Status == TrialStatus.Completed && record.Loss < (_best?.Loss ?? double.MaxValue);

    private ITransformer? Load(TrialRecord record) =>
        record.WasBest && ModelPath(record) is string path && File.Exists(path) ? _mlContext.Model.Load(path, out _) : null;

    private string? ModelPath(TrialRecord record) =>
        _options.Directory is null ? null
            : Path.Combine(_options.Directory, string.Create(CultureInfo.InvariantCulture, $"model-{record.Id:D4}.zip"));
}
