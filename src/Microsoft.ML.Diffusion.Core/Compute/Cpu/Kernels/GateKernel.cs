using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Gated units: y = f(a) · b, where a row of x is a then b; and da = dy · b · f'(a), db = dy · f(a).</summary>
internal unsafe struct GateKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int RowsInItem = 16;
    private Activation _activation;
    private T* _x, _dy, _result;
    private int _rows, _width;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, Activation activation, T* x, T* y, int rows, int width) => loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new GateKernel<V, T> { _activation = activation, _x = x, _result = y, _rows = rows, _width = width });

    public static void RunBackward(ParallelLoops loops, Activation activation, T* x, T* dy, T* dx, int rows, int width, bool accumulate) =>
        loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new GateKernel<V, T> { _activation = activation, _x = x, _dy = dy, _result = dx, _rows = rows, _width = width,
            _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        switch (_activation)
        {
            case Activation.None: Rows<Identity<V, T>>(item); break;
            case Activation.Gelu: Rows<Gelu<V, T>>(item); break;
            case Activation.GeluTanh: Rows<GeluTanh<V, T>>(item); break;
            case Activation.Relu: Rows<Relu<V, T>>(item); break;
            case Activation.Tanh: Rows<Tanh<V, T>>(item); break;
            case Activation.Silu: Rows<Silu<V, T>>(item); break;
        }
    }

    private readonly void Rows<TActivation>(int item) where TActivation : struct, IActivation<V>
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(_rows, (item + 1L) * RowsInItem); row++)
        {
            T* a = _x + 2 * row * _width;
            T* b = a + _width;
            if (_dy is null)
            {
                Elementwise<V, T>.Run<Gated<TActivation>>(a, b, b, _result + row * _width, _width);
                continue;
            }
            T* dy = _dy + row * _width;
            T* da = _result + 2 * row * _width;
            Elementwise<V, T>.Run<GatedSlope<TActivation>>(a, b, dy, da, _width, _accumulate);
            Elementwise<V, T>.Run<Gated<TActivation>>(a, dy, dy, da + _width, _width, _accumulate);
        }
    }

    private readonly struct Gated<TActivation> : IOperator<V> where TActivation : struct, IActivation<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke(V x, V y, V z) => TActivation.Value(x) * y;
    }

    private readonly struct GatedSlope<TActivation> : IOperator<V> where TActivation : struct, IActivation<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke(V x, V y, V z) => TActivation.Slope(x) * y * z;
    }
}
