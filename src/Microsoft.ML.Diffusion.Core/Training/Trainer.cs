using System.Diagnostics;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>The one training loop, for every objective. Its result depends on the task and the options alone, not on the number of threads.</summary>
public static class Trainer
{
    /// <summary>Trains a task's parameters, which have gradients and moments.</summary>
    /// <param name="engine">Where the parameters are.</param>
    /// <param name="task">What is learned.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="checkpoint">Is called every <see cref="TrainingOptions.CheckpointInterval"/> steps, with the number of steps done, to save.</param>
    /// <param name="cancellationToken">Looked at before every step, within it, and before the weights change.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are no examples.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    public static void Run(
        Engine engine, TrainingTask task, TrainingOptions options, Action<TrainingProgress>? progress = null, Action<long>? checkpoint = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (task.Count == 0)
            throw new ArgumentException("There are no examples to learn from; expected at least one text that is not empty.");
        cancellationToken.ThrowIfCancellationRequested();
        var plan = new BatchPlan(task, options.BatchTokens, options.Seed, 0);
        long steps = Math.Max(1, (long)Math.Round(options.Epochs * plan.Count));
        var optimizer = new Optimizer(engine, task.Parameters, options);
        using Pass pass = Pass.ForTraining(engine, options.Dropout);
        pass.CancellationToken = cancellationToken;
        ulong dropout = Philox.Mix(options.Seed, 0x64726F70);
        long tokens = 0, epoch = 0;
        int next = 0, losses = 0;
        double lossSum = 0;
        var clock = Stopwatch.StartNew();
        for (long step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (next == plan.Count)
            {
                plan = new BatchPlan(task, options.BatchTokens, options.Seed, ++epoch);
                next = 0;
            }
            ReadOnlySpan<int> examples = plan[next++];
            foreach (int example in examples)
                tokens += task.Length(example);
            double rate = LearningRate.At(options, step, steps);
            pass.Begin(Philox.Mix(dropout, (ulong)step));
            optimizer.ClearGradients();
            BatchLoss loss = task.Forward(pass, examples, step);
            if (loss.Weight > 0)
            {
                if (!double.IsFinite(loss.Mean))
                    throw new ArithmeticException($"The loss is {loss.Mean} at step {step + 1}. The training has diverged: lower LearningRate (it is {options.LearningRate}) or ClipNorm, or check the model's weights.");
                pass.Backward();
                cancellationToken.ThrowIfCancellationRequested();
                optimizer.Step(rate, loss.Weight);
                lossSum += loss.Mean;
                losses++;
            }
            long done = step + 1;
            bool validates = done == steps || options.ValidationInterval > 0 && done % options.ValidationInterval == 0;
            Evaluation? validation = validates ? task.Evaluate(cancellationToken) : null;
            if (progress is not null && (validates || done % options.ProgressInterval == 0))
            {
                progress(new TrainingProgress(
                    done, steps, tokens, losses > 0 ? lossSum / losses : double.NaN, validation, rate,
                    clock.Elapsed, clock.Elapsed / done * (steps - done)));
                (lossSum, losses) = (0, 0);
            }
            if (checkpoint is not null && options.CheckpointInterval > 0 && done % options.CheckpointInterval == 0 && done < steps)
                checkpoint(done);
        }
    }
}
