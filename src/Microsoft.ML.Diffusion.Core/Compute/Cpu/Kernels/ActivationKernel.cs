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

    /// <summary>y = f(x) over a run of elements, in place if wished.</summary>
    public static void Forward(Activation activation, T* x, T* y, int count)
    {
        switch (activation)
        {
            case Activation.None: Elementwise<V, T>.Run<ValueOf<Identity<V, T>>>(x, x, x, y, count); break;
            case Activation.Gelu: Elementwise<V, T>.Run<ValueOf<Gelu<V, T>>>(x, x, x, y, count); break;
            case Activation.GeluTanh: Elementwise<V, T>.Run<ValueOf<GeluTanh<V, T>>>(x, x, x, y, count); break;
            case Activation.Relu: Elementwise<V, T>.Run<ValueOf<Relu<V, T>>>(x, x, x, y, count); break;
            case Activation.Tanh: Elementwise<V, T>.Run<ValueOf<Tanh<V, T>>>(x, x, x, y, count); break;
            case Activation.Silu: Elementwise<V, T>.Run<ValueOf<Silu<V, T>>>(x, x, x, y, count); break;
        }
    }

    /// <summary>y = f(x), on all workers.</summary>
    public static void Run(Workers workers, Activation activation, T* x, T* y, long count) =>
        workers.Run(Chunks(count), new ActivationKernel<V, T> { _activation = activation, _x = x, _result = y, _count = count });

    /// <summary>dx = dy · f'(x), on all workers.</summary>
    public static void RunBackward(Workers workers, Activation activation, T* x, T* dy, T* dx, long count, bool accumulate) =>
        workers.Run(Chunks(count), new ActivationKernel<V, T> { _activation = activation, _x = x, _dy = dy, _result = dx, _count = count, _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        long first = (long)item * Elementwise<V, T>.Chunk;
        int count = (int)Math.Min(Elementwise<V, T>.Chunk, _count - first);
        T* x = _x + first, dy = _dy + first, result = _result + first;
        if (_dy is null)
        {
            Forward(_activation, x, result, count);
            return;
        }
        switch (_activation)
        {
            case Activation.None: Elementwise<V, T>.Run<SlopeTimes<Identity<V, T>>>(x, dy, dy, result, count, _accumulate); break;
            case Activation.Gelu: Elementwise<V, T>.Run<SlopeTimes<Gelu<V, T>>>(x, dy, dy, result, count, _accumulate); break;
            case Activation.GeluTanh: Elementwise<V, T>.Run<SlopeTimes<GeluTanh<V, T>>>(x, dy, dy, result, count, _accumulate); break;
            case Activation.Relu: Elementwise<V, T>.Run<SlopeTimes<Relu<V, T>>>(x, dy, dy, result, count, _accumulate); break;
            case Activation.Tanh: Elementwise<V, T>.Run<SlopeTimes<Tanh<V, T>>>(x, dy, dy, result, count, _accumulate); break;
            case Activation.Silu: Elementwise<V, T>.Run<SlopeTimes<Silu<V, T>>>(x, dy, dy, result, count, _accumulate); break;
        }
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
