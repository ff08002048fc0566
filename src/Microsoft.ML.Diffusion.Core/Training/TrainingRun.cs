using System.Diagnostics;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// A running training: call <see cref="Step"/> and <see cref="Report"/> in turn until <see cref="TrainingState.Stop"/> has a value. If they
/// throw, <see cref="State"/> and the arrays are unchanged, so a snapshot may be taken.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Engine _engine;
    private readonly TrainingTask _task;
    private readonly TrainingOptions _options;
    private readonly Optimizer _optimizer;
    private readonly BestWeights _best;
    private readonly CancellationToken _cancellationToken;
    private readonly Pass _pass;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TimeSpan _spentBefore;
    private readonly TrainingPlan _plan;

    public TrainingRun(
        Engine engine, TrainingTask task, TrainingOptions options, TrainingPlan plan, Optimizer optimizer, BestWeights best,
        TrainingState state,
        CancellationToken cancellationToken)
    {
        (_engine, _task, _options, _plan, _optimizer, _best, State, _cancellationToken) =
            (engine, task, options, plan, optimizer, best, state, cancellationToken);
        _spentBefore = state.Elapsed;
        _pass = Pass.ForTraining(engine, options.Dropout, options.GradientCheckpointing);
        _pass.CancellationToken = cancellationToken;
    }

    /// <summary>The current state.</summary>
    public TrainingState State { get; private set; }

    private TimeSpan Elapsed => _spentBefore + _clock.Elapsed;

    /// <summary>Makes a step, unless the last one is not reported yet.</summary>
    public void Step()
    {
        if (State.Step > State.ReportedStep)
            return;
        _cancellationToken.ThrowIfCancellationRequested();
        _optimizer.ClearGradients();
        ulong dropout = Philox.Mix(_options.Seed, 0x64726F70);
        TrainingState next = State with { Step = State.Step + 1, EpochEnded = false };
        BatchLoss total = default, unread = default;
        for (int i = 0; i < _options.AccumulationSteps && next.Batches < _plan.Batches; i++)
        {
            Add(unread); // of the batch before, while its run is still there
            ReadOnlySpan<int> examples = _plan[next.Epoch][next.NextBatch];
            _pass.Begin(Philox.Mix(dropout, (ulong)next.Batches));
            unread = _task.Forward(_pass, examples, next.Batches);
            if (unread.Weight > 0)
                _pass.Backward();
            next = After(next, examples);
        }
        _cancellationToken.ThrowIfCancellationRequested();
        double divisor = total.Weight + unread.Weight;
        if (divisor > 0)
        {
            double norm = _optimizer.Norm(divisor);
            Add(unread); // after the norm, which has waited for the device
            _optimizer.Step(LearningRateSchedule.At(_options, State.Step, _plan.Steps), divisor, norm, _cancellationToken);
            next = next with
            {
                LossSum = next.LossSum + total.Mean,
                Losses = next.Losses + 1,
                FirstLoss = next.FirstLoss ?? total.Mean,
                HighestLoss = Math.Max(next.HighestLoss ?? total.Mean, total.Mean),
            };
        }
        State = next with { Updates = _optimizer.Updates, Elapsed = Elapsed };

        void Add(BatchLoss loss)
        {
            if (loss.Weight == 0)
                return;
            loss = loss.Read(_pass);
            if (!double.IsFinite(loss.Mean))
                throw new ArithmeticException(
                    $"The loss is {loss.Mean} at step {State.Step + 1}. The training has diverged: lower LearningRate (it is " +
                    $"{_options.LearningRate}) or ClipNorm, or check the model's weights.");
            total = new BatchLoss(total.Sum + loss.Sum, total.Weight + loss.Weight);
        }
    }

    /// <summary>Validates after the last step if that is due, and reports and records the progress.</summary>
    public void Report(Action<TrainingProgress>? progress)
    {
        bool last = State.Step == _plan.Steps;
        bool validates = last || (_options.ValidationInterval > 0 ? State.Step % _options.ValidationInterval == 0 : State.EpochEnded);
        TrainingState next = State with { ReportedStep = State.Step, Stop = last ? TrainingStop.Completed : null };
        Evaluation? validation = null;
        if (validates)
        {
            WithAverages(() =>
            {
                validation = _task.Evaluate(_cancellationToken);
                if (validation is not null)
                    next = Judge(next, validation.Deciding, last);
            });
        }
        TimeSpan elapsed = Elapsed;
        var row = new TrainingProgress(
            State.Step, _plan.Steps, State.NextBatch == 0 ? State.Epoch
                : State.Epoch + (double)State.NextBatch / _plan[State.Epoch].Count, State.Tokens,
            State.Losses > 0 ? State.LossSum / State.Losses : double.NaN, validation,
            LearningRateSchedule.At(_options, State.Step - 1, _plan.Steps),
            elapsed, elapsed / State.Step * (_plan.Steps - State.Step));
        State = next;
        if (validation is not null || last || State.Step % _options.ReportInterval == 0)
        {
            State = next with { LossSum = 0, Losses = 0, Elapsed = elapsed };
            State.Rows.Add(row);
        }
        progress?.Invoke(row);
    }

    /// <summary>Runs an action while the parameters have the weights that are measured and saved.</summary>
    public void WithAverages(Action action)
    {
        _optimizer.ExchangeAverages();
        try
        {
            action();
        }
        finally
        {
            _optimizer.ExchangeAverages();
        }
    }

    /// <summary>Sets the parameters to the resulting weights.</summary>
    public void Finish()
    {
        _optimizer.ExchangeAverages();
        if (_options.KeepBest && State.BestStep > 0 && State.BestStep < State.Step)
            _best.Restore();
    }

    public void Dispose() => _pass.Dispose();

    /// <summary>The state after a validation: whether it is the best, and whether patience is exhausted.</summary>
    private TrainingState Judge(TrainingState next, Metric metric, bool last)
    {
        double gain = State.BestStep == 0 ? double.PositiveInfinity : metric.HigherIsBetter ? metric.Value - State.BestValue
            : State.BestValue - metric.Value;
        if (double.IsNaN(metric.Value))
            gain = double.NaN;
        if (gain > 0)
        {
            next = next with { BestStep = State.Step, BestValue = metric.Value };
            // The last weights need no copy.
            if (_options.KeepBest && !last)
                _best.Take();
        }
        next = next with { Unimproved = gain > _options.MinImprovement ? 0 : State.Unimproved + 1 };
        return !last && _options.Patience > 0 && next.Unimproved >= _options.Patience
            ? next with { Stop = TrainingStop.OutOfPatience }
            : next;
    }

    private TrainingState After(TrainingState state, ReadOnlySpan<int> examples)
    {
        long tokens = state.Tokens;
        foreach (int example in examples)
            tokens += _task.Length(example);
        bool ends = state.NextBatch + 1 == _plan[state.Epoch].Count;
        return state with
        {
            Batches = state.Batches + 1,
            Tokens = tokens,
            Epoch = ends ? state.Epoch + 1 : state.Epoch,
            NextBatch = ends ? 0 : state.NextBatch + 1,
            EpochEnded = state.EpochEnded || ends,
        };
    }
}
