using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>An operation on registers of one, two or three operands; a struct, so that loops are specialized for it.</summary>
internal interface IOperator<V>
{
    static abstract V Invoke(V x, V y, V z);
}

/// <summary>Loops of element-wise operations, including the ends of rows. Results may overwrite operands.</summary>
internal static unsafe class Elementwise<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>Elements in one item of a parallel loop.</summary>
    public const int Chunk = 8192;

    /// <summary>result = op(x, y, z); where <paramref name="accumulate"/>, result += op(x, y, z). y and z may be x
    /// where the operation ignores them.</summary>
    // Not inlined into its callers: the bodies of two operators in one method exceed what the compiler inlines and holds in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run<TOperator>(T* x, T* y, T* z, T* result, int count, bool accumulate = false)
        where TOperator : struct, IOperator<V>
    {
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V value = TOperator.Invoke(V.Load(x + i), V.Load(y + i), V.Load(z + i));
            V.Store(accumulate ? V.Load(result + i) + value : value, result + i);
        }
        if (i < count)
        {
            int rest = count - i;
            V value = TOperator.Invoke(Tail.Load<V, T>(x + i, rest), Tail.Load<V, T>(y + i, rest), Tail.Load<V, T>(z + i, rest));
            Tail.Store(accumulate ? Tail.Load<V, T>(result + i, rest) + value : value, result + i, rest);
        }
    }
}

/// <summary>x.</summary>
internal readonly struct First<V> : IOperator<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke(V x, V y, V z) => x;
}

/// <summary>x + y.</summary>
internal readonly struct Plus<V, T> : IOperator<V> where V : unmanaged, ILanes<V, T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke(V x, V y, V z) => x + y;
}
