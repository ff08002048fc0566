namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Loops on an engine's threads that end early if the executor that starts them is canceled.</summary>
/// <param name="workers">The threads.</param>
/// <param name="executor">Has the token, which may change from loop to loop; null for loops that cannot be canceled.</param>
internal readonly struct ParallelLoops(Workers workers, Executor? executor = null)
{
    /// <summary>The number of threads, the caller's included.</summary>
    public int Count => workers.Count;

    /// <summary>Executes items 0 … count − 1, each once, and returns when all are done.</summary>
    /// <exception cref="OperationCanceledException">The executor's token was canceled. Some items were not executed, and none is
    /// running.</exception>
    public void Run<TBody>(int count, TBody body) where TBody : unmanaged, IParallelBody
    {
        CancellationToken cancellationToken = executor?.CancellationToken ?? default;
        workers.Run(count, body, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
