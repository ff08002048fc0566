using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = f(x), dx = dy · f'(x), and their gated forms.</summary>
internal unsafe struct ActivationKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private Activation _activation;
    private T* _x, _dy, _result;
    private long _count;
    private bool _accumulate;

    /// <summary>y = f(x), on all workers.</summary>
    public static void Run(ParallelLoops loops, Activation activation, T* x, T* y, long count) =>
        loops.Run(Chunks(count), new ActivationKernel<V, T> { _activation = activation, _x = x, _result = y, _count = count });

    /// <summary>dx = dy · f'(x), on all workers.</summary>
    public static void RunBackward(ParallelLoops loops, Activation activation, T* x, T* dy, T* dx, long count, bool accumulate) =>
        loops.Run(Chunks(count),
            new ActivationKernel<V, T> { _activation = activation, _x = x, _dy = dy, _result = dx, _count = count,
                _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        switch (_activation)
        {
            case Activation.None: Part<Identity<V, T>>(item); break;
            case Activation.Gelu: Part<Gelu<V, T>>(item); break;
            case Activation.GeluTanh: Part<GeluTanh<V, T>>(item); break;
            case Activation.Relu: Part<Relu<V, T>>(item); break;
            case Activation.Tanh: Part<Tanh<V, T>>(item); break;
            case Activation.Silu: Part<Silu<V, T>>(item); break;
        }
    }

    private readonly void Part<TActivation>(int item) where TActivation : struct, IActivation<V>
    {
        long first = (long)item * Elementwise<V, T>.Chunk;
        int count = (int)Math.Min(Elementwise<V, T>.Chunk, _count - first);
        T* x = _x + first, result = _result + first;
        if (_dy is null)
            Elementwise<V, T>.Run<ValueOf<TActivation>>(x, x, x, result, count);
        else
            Elementwise<V, T>.Run<SlopeTimes<TActivation>>(x, _dy + first, _dy + first, result, count, _accumulate);
    }

    private static int Chunks(long count) => (int)((count + Elementwise<V, T>.Chunk - 1) / Elementwise<V, T>.Chunk);

    private readonly struct ValueOf<TActivation> : IOperator<V> where TActivation : struct, IActivation<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke(V x, V y, V z) => TActivation.Value(x);
    }

    private readonly struct SlopeTimes<TActivation> : IOperator<V> where TActivation : struct, IActivation<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke(V x, V y, V z) => TActivation.Slope(x) * y;
    }
}
