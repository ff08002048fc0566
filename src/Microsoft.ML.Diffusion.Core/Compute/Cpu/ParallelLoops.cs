namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Loops on an engine's threads, which end early where the executor that starts them is cancelled.</summary>
/// <param name="workers">The threads.</param>
/// <param name="executor">Has the token, which may change from loop to loop; null for loops that are not cancelled.</param>
internal readonly struct ParallelLoops(Workers workers, Executor? executor = null)
{
    /// <summary>The number of threads, the caller's included.</summary>
    public int Count => workers.Count;

    /// <summary>Executes items 0 … count − 1, each once, and returns when all are done.</summary>
    /// <exception cref="OperationCanceledException">The executor's token was cancelled. Some items were not executed, and none is under way.</exception>
    public void Run<TBody>(int count, TBody body) where TBody : unmanaged, IParallelBody
    {
        CancellationToken cancellationToken = executor?.CancellationToken ?? default;
        workers.Run(count, body, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
