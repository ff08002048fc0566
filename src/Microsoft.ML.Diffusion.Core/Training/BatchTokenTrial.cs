using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>Finds, by trying, how many tokens of a task a device's memory takes in one batch.</summary>
public static class BatchTokenTrial
{
    private const int Fewest = 512, Most = 1 << 20;

    /// <summary>
    /// Runs the forward and the backward pass of batches of the longest examples, each with twice the tokens of the one before, until the
    /// memory is exhausted or a batch has all examples that it may have. A quarter of the last size that passed is left for what later
    /// steps need besides.
    /// </summary>
    /// <param name="engine">The engine of the parameters, which have gradients; their contents are unspecified afterwards.</param>
    /// <param name="task">The task.</param>
    /// <param name="options">The options of the training; its limit of tokens is not used.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>The number for <see cref="TrainingOptions.BatchTokens"/>.</returns>
    /// <exception cref="Exception">The memory is too small for the smallest batch: the engine's exception, for which
    /// <see cref="Engine.IsOutOfMemory"/> is true.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static int Find(Engine engine, TrainingTask task, TrainingOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        int[] longestFirst = [.. Enumerable.Range(0, task.Count).OrderByDescending(task.Length)];
        int mostExamples = options.BatchSize == 0 ? task.Count : Math.Min(options.BatchSize, task.Count);
        using Pass pass = Pass.ForTraining(engine, options.Dropout, options.GradientCheckpointing);
        pass.CancellationToken = cancellationToken;
        for (int tokens = Fewest; ; tokens *= 2)
        {
            int examples = Fill(longestFirst, task, tokens, mostExamples);
            try
            {
                Run(pass, task, longestFirst.AsSpan(0, examples));
            }
            catch (Exception exception) when (tokens > Fewest && engine.IsOutOfMemory(exception))
            {
                return tokens / 2 / 4 * 3;
            }
            if (examples == mostExamples || tokens == Most)
                return tokens;
        }
    }

    /// <summary>The number of examples in a batch: as many as the tokens allow, and at least one.</summary>
    private static int Fill(int[] examples, TrainingTask task, int tokens, int most)
    {
        int count = 0;
        for (long sum = 0; count < most; count++)
        {
            sum += task.Length(examples[count]);
            if (sum > tokens && count > 0)
                break;
        }
        return count;
    }

    private static void Run(Pass pass, TrainingTask task, ReadOnlySpan<int> examples)
    {
        pass.Begin();
        BatchLoss loss = task.Forward(pass, examples, 0);
        if (loss.Weight == 0)
            return;
        pass.Backward();
        loss.Read(pass); // waits for the device, which may report exhausted memory only then
    }
}
