using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The training loop for every objective. Its result depends only on the task and the options, not on the number of threads.
/// </summary>
/// <remarks>
/// With a <see cref="TrainingOptions.CheckpointDirectory"/> a snapshot is written there every
/// <see cref="TrainingOptions.CheckpointInterval"/> steps, when the training is canceled, and at its end. A run with the same task, initial
/// weights and options continues from the last snapshot and gives the same weights, bit for bit, as one that was never interrupted. A run
/// with different ones throws, and so does one while another training, of this process or another, uses the directory. A run that was
/// complete returns its result again at once.
/// </remarks>
public static class Trainer
{
    /// <summary>Trains a task's parameters, which have values on the engine.</summary>
    /// <param name="engine">The engine of the parameters.</param>
    /// <param name="task">The task.</param>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the progress after every step.</param>
    /// <param name="checkpoint">Called with the number of completed steps every <see cref="TrainingOptions.CheckpointInterval"/> steps, to
    /// save the model. During the call the parameters have the weights to save: their averages, if requested.</param>
    /// <param name="cancellationToken">Checked before every step, within it, and before the weights change.</param>
    /// <returns>The report. The parameters then have the weights of the best validation, or the last; their averages, if
    /// requested.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or there are no examples.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="CheckpointException">The snapshot is from a training with other data or options, is damaged, or cannot be read or
    /// written; or another training uses the directory.</exception>
    public static TrainingReport Run(
        Engine engine, TrainingTask task, TrainingOptions options, Action<TrainingProgress>? progress = null,
        Action<long>? checkpoint = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Check(task, options);
        cancellationToken.ThrowIfCancellationRequested();
        using SnapshotsLock? held = options.CheckpointDirectory is string directory ? SnapshotsLock.Take(directory) : null;
        var plan = new TrainingPlan(task, options);
        Fingerprint? fingerprint = held is null ? null
            : Fingerprint.Of(engine, task, options with { Epochs = plan.Epochs }, cancellationToken);
        var optimizer = new Optimizer(engine, task.Parameters, options, cancellationToken);
        using var best = new BestWeights(engine, optimizer.Learning);
        Snapshots? snapshots = fingerprint is null ? null : new Snapshots(options.CheckpointDirectory!, engine, fingerprint);
        TrainingState? resumed = snapshots?.Load(optimizer, best, plan, options);
        if (resumed is null)
            Reinitialize(engine, task, options);
        using var run = new TrainingRun(engine, task, options, plan, optimizer, best, resumed ?? new TrainingState(), cancellationToken);
        long saved = resumed?.Step ?? 0;
        try
        {
            while (run.State.Stop is null)
            {
                run.Step();
                run.Report(progress);
                if (run.State.Stop is not null || options.CheckpointInterval == 0 || run.State.Step % options.CheckpointInterval != 0)
                    continue;
                Save();
                if (checkpoint is not null)
                    run.WithAverages(() => checkpoint(run.State.Step));
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
        Save();
        run.Finish();
        return new TrainingReport(run.State, task.ChanceLoss, resumed?.Step ?? 0);

        void Save()
        {
            if (run.State.Step == saved)
                return;
            snapshots?.Save(run.State, optimizer, best);
            saved = run.State.Step;
        }
    }

    /// <summary>The number of steps that <see cref="Run"/> makes, unless it stops early.</summary>
    /// <param name="task">The task.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are no examples.</exception>
    public static long CountSteps(TrainingTask task, TrainingOptions options)
    {
        Check(task, options);
        return new TrainingPlan(task, options).Steps;
    }

    /// <summary>
    /// The seed of the training that left a snapshot in a directory, used to continue it if no seed is given; null if there is no readable
    /// snapshot.
    /// </summary>
    public static ulong? FindSeed(string directory) => Snapshots.FindSeed(directory);

    private static void Check(TrainingTask task, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (task.Count == 0)
            throw new ArgumentException("There are no examples to learn from; expected at least one text that is not empty.");
    }

    private static void Reinitialize(Engine engine, TrainingTask task, TrainingOptions options)
    {
        var depths = new ParameterDepths(task.Parameters);
        ulong key = Philox.Mix(options.Seed, 0x6672657368);
        for (int i = 0; i < task.Parameters.All.Count; i++)
        {
            Parameter parameter = task.Parameters.All[i];
            if (!depths.IsReinitialized(parameter, options))
                continue;
            FreshWeights.Write(engine, parameter, task.InitializerRange, Philox.Mix(key, (ulong)i));
            if (parameter.Average is not null)
                engine.Copy(parameter.Value!, parameter.Average);
        }
    }
}
