using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// y = x · m / (1 − rate), where m is 1 with chance 1 − rate (Srivastava et al. 2014). Element i's draw is word i mod 4 of
/// Philox at counter i / 4, so the same call on the gradient is the backward and nothing is stored.
/// </summary>
internal unsafe struct DropoutKernel<T> : IParallelBody where T : unmanaged, INumberBase<T>
{
    private const int Chunk = 4096;
    private T* _x, _y;
    private long _count;
    private uint _threshold;
    private T _scale;
    private ulong _key;
    private bool _accumulate;

    public static void Run(Workers workers, T* x, T* y, long count, double rate, ulong key, bool accumulate) => workers.Run(
        (int)((count + Chunk - 1) / Chunk),
        new DropoutKernel<T>
        {
            _x = x,
            _y = y,
            _count = count,
            _threshold = (uint)(rate * uint.MaxValue),
            _scale = T.CreateTruncating(1 / (1 - rate)),
            _key = key,
            _accumulate = accumulate,
        });

    public readonly void Execute(int item, int worker)
    {
        long end = Math.Min(_count, (item + 1L) * Chunk);
        for (long i = (long)item * Chunk; i < end; i += 4)
        {
            (uint a, uint b, uint c, uint d) = Philox.Words(_key, 0, (ulong)i / 4);
            Apply(i, a);
            if (i + 1 < end)
                Apply(i + 1, b);
            if (i + 2 < end)
                Apply(i + 2, c);
            if (i + 3 < end)
                Apply(i + 3, d);
        }
    }

    private readonly void Apply(long i, uint word)
    {
        T value = _x[i] * (word < _threshold ? T.Zero : _scale); // a product, so that NaN stays NaN
        _y[i] = _accumulate ? _y[i] + value : value;
    }
}
