namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Work in independent items. What an item writes may not depend on the worker that runs it, so results do not depend on the number of threads.</summary>
internal interface IParallelBody
{
    /// <param name="item">The item's number.</param>
    /// <param name="worker">Who runs it, below the number of threads: the index of its scratch memory.</param>
    void Execute(int item, int worker);
}
