using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The gradient of attention's bias, [distances × heads]: the sum of all sequences' contributions, in order; an item is a head.
/// </summary>
internal unsafe struct BiasGradientKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T* _shares, _gradient;
    private int _sequences, _heads;
    private long _distances;
    private bool _accumulate;

    /// <param name="loops">The loops that compute it.</param>
    /// <param name="shares">[sequences × heads × distances]; those of the first sequence are overwritten.</param>
    /// <param name="sequences">The number of sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="distances">The number of distances.</param>
    /// <param name="gradient">[distances × heads].</param>
    /// <param name="accumulate">Whether the gradient is added to.</param>
    public static void Run(ParallelLoops loops, T* shares, int sequences, int heads, long distances, T* gradient, bool accumulate) =>
        loops.Run(
        heads,
        new BiasGradientKernel<V, T> { _shares = shares, _gradient = gradient, _sequences = sequences, _heads = heads,
            _distances = distances, _accumulate = accumulate });

    public readonly void Execute(int head, int worker)
    {
        T* sum = _shares + head * _distances;
        for (int sequence = 1; sequence < _sequences; sequence++)
        {
            T* share = _shares + ((long)sequence * _heads + head) * _distances;
            Elementwise<V, T>.Run<First<V>>(share, share, share, sum, (int)_distances, accumulate: true);
        }
        for (long i = 0; i < _distances; i++)
        {
            T value = _sequences == 0 ? T.Zero : sum[i];
            T* place = _gradient + i * _heads + head;
            *place = _accumulate ? *place + value : value;
        }
    }
}
