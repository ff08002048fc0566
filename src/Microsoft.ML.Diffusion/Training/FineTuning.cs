using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>One fine-tuning run, reported to ML.NET's log and progress channel.</summary>
internal static class FineTuning
{
    /// <summary>
    /// Fit warns if the model of a task has at least this width and trains above this rate: wide models then forget their pretraining.
    /// </summary>
    private const int WideModel = 512;
    private const double HighRate = 3e-4;

    /// <summary>
    /// Multiples of the usual rate for the warning about divergence. Above the first, the loss must have risen and ended no better than
    /// chance, which small batches do not cause; above the second, it need not have risen.
    /// </summary>
    private const double High = 10, FarTooHigh = 100;

    /// <summary>
    /// A training with fewer steps learns little: the rate rises and falls within them. So the default is at least this many.
    /// </summary>
    public const int FewSteps = 100;

    /// <summary>Trains.</summary>
    /// <param name="setup">The trainer's setup.</param>
    /// <param name="options">The options of the training loop.</param>
    /// <param name="name">The name of the progress entry.</param>
    /// <param name="channel">The log.</param>
    /// <param name="model">The model, prepared for training.</param>
    /// <param name="task">The training task.</param>
    /// <param name="cancellationToken">Cancels the training.</param>
    public static TrainingReport Run(
        TrainerSetup setup, TrainingOptions options, string name, IChannel channel, EncoderWithHead model, TrainingTask task,
        CancellationToken cancellationToken)
    {
        (IHost host, int width) = (setup.Host, model.Configuration.HiddenSize);
        using IProgressChannel progress = host.StartProgressChannel(name);
        if (model is TaskModel { FreshParameters: { Count: > 0 } fresh })
            channel.Info("The model has no {0} for this task; they start from fresh weights.", string.Join(", ", fresh));
        if (model is TaskModel && width >= WideModel && options.LearningRate > HighRate)
            channel.Warning(
                "LearningRate is {0}, which suits small models; about 5e-5 is usual for a model of width {1}. Leave LearningRate null for " +
                "a rate that suits the width.", options.LearningRate, width);
        if (Trainer.CountSteps(task, options) is < FewSteps and long steps)
            WarnOfFewSteps(channel, steps, options);
        (TimeProvider clock, var last) = (setup.Options.Clock, new TrainingProgress());
        long told = clock.GetTimestamp();
        progress.SetHeader(new ProgressHeader(["Loss", "Validation"], ["steps", "tokens"]), entry =>
        {
            entry.SetProgress(0, last.Step, last.Steps);
            entry.SetProgress(1, last.Tokens);
        });
        TrainingReport report = Trainer.Run(model.Engine, task, options, step =>
        {
            last = step;
            long now = clock.GetTimestamp();
            if (step.Validation is not null || step.Step == step.Steps || clock.GetElapsedTime(told, now) >= setup.Options.ProgressInterval)
            {
                told = now;
                progress.Checkpoint(step.Loss, step.Validation?.Deciding.Value, step.Step, step.Tokens);
                channel.Info("{0}", step);
                setup.Options.Progress?.Report(step);
            }
            host.CheckAlive(); // the timer may not poll before a small model's last step
        }, cancellationToken: cancellationToken);
        if (report.ResumedAt > 0)
            channel.Info("Training continued from the snapshot of step {0} in '{1}'.", report.ResumedAt, options.CheckpointDirectory);
        channel.Info("{0}", report);
        WarnOfDivergence(channel, report, options.LearningRate, setup.Options.UsualRate(width), width);
        return report;
    }

    private static void WarnOfFewSteps(IChannel channel, long steps, TrainingOptions options) => channel.Warning(
        "The training has only {0} steps, which may be too few to learn from. Raise Epochs, which is {1}, or lower {2}, which is {3}.",
        steps, options.Epochs, options.BatchSize > 0 ? nameof(options.BatchSize) : nameof(options.BatchTokens),
        options.BatchSize > 0 ? options.BatchSize : options.BatchTokens);

    private static void WarnOfDivergence(IChannel channel, TrainingReport report, double rate, double usual, int width)
    {
        if (report.IsWorseThanChance && rate > (report.HasRisen ? High : FarTooHigh) * usual)
        {
            channel.Warning(
                "The training has diverged: its loss ended at {0:G4}; a constant prediction for every row would have a loss of {1:G4}. " +
                    "Lower LearningRate, which is {2}; about {3} is usual for a model of width {4}.",
                report.Rows[^1].Loss, report.ChanceLoss, rate, usual, width);
        }
    }

    /// <summary>Creates the exception for a training set without a usable row, with the reason.</summary>
    /// <param name="host">The host that reports it.</param>
    /// <param name="name">The argument that has the rows.</param>
    /// <param name="rows">The number of rows read.</param>
    /// <param name="expected">The expected content of a row.</param>
    /// <param name="found">The actual content of the rows, and the remedy.</param>
    public static Exception NothingToLearn(IHost host, string name, long rows, string expected, string found) => host.ExceptParam(
        name, $"There is nothing to learn " +
            $"from{(rows == 0 ? $", because there is no row; expected rows with {expected}. Check how the data is read, and that no filter drops all rows." : ": " + found)}");

    /// <summary>Whether the data has a row, without reading its columns.</summary>
    public static bool HasRows(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([]);
        return cursor.MoveNext();
    }

    /// <summary>Logs a warning with a count, unless the count is 0.</summary>
    public static void Warn(IChannel channel, long count, string what)
    {
        if (count > 0)
            channel.Warning("{0} {1}.", count, what);
    }
}
