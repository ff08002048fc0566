namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Work in independent items. An item's output must not depend on the worker that runs it, so that results do not depend on the number of
/// threads.
/// </summary>
internal interface IParallelBody
{
    /// <param name="item">The item's number.</param>
    /// <param name="worker">The worker that runs it, below the number of threads: the index of its scratch memory.</param>
    void Execute(int item, int worker);
}
