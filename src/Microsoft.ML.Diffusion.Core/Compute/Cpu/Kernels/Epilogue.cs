using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The last steps of a linear layer, applied to its product while it is still in the cache: bias and activation.</summary>
internal unsafe struct Epilogue<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>The bias [n], or null.</summary>
    public T* Bias;

    /// <summary>The activation.</summary>
    public Activation Activation;

    public readonly bool IsNeeded => Bias is not null || Activation != Activation.None;

    /// <summary>The epilogue for a product that starts at that column of C.</summary>
    public readonly Epilogue<V, T> From(int column) => new() { Bias = Bias is null ? null : Bias + column, Activation = Activation };

    /// <summary>Finishes <paramref name="rows"/> rows of C in the columns from <paramref name="firstColumn"/>, at most a panel's.</summary>
    public readonly void Apply(T* c, nint stride, int rows, int firstColumn, int columns)
    {
        T* bias = Bias is null ? null : Bias + firstColumn;
        switch (Activation)
        {
            case Activation.None: Finish<Identity<V, T>>(c, stride, rows, columns, bias); break;
            case Activation.Gelu: Finish<Gelu<V, T>>(c, stride, rows, columns, bias); break;
            case Activation.GeluTanh: Finish<GeluTanh<V, T>>(c, stride, rows, columns, bias); break;
            case Activation.Relu: Finish<Relu<V, T>>(c, stride, rows, columns, bias); break;
            case Activation.Tanh: Finish<Tanh<V, T>>(c, stride, rows, columns, bias); break;
            case Activation.Silu: Finish<Silu<V, T>>(c, stride, rows, columns, bias); break;
        }
    }

    // A separate method for each activation: several in one method exceed what the compiler inlines.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Finish<TActivation>(T* c, nint stride, int rows, int columns, T* bias) where TActivation : struct, IActivation<V>
    {
        if (columns == 2 * V.Count)
        {
            V b0 = bias is null ? V.Zero : V.Load(bias), b1 = bias is null ? V.Zero : V.Load(bias + V.Count);
            for (int row = 0; row < rows; row++, c += stride)
            {
                V.Store(TActivation.Value(V.Load(c) + b0), c);
                V.Store(TActivation.Value(V.Load(c + V.Count) + b1), c + V.Count);
            }
            return;
        }
        for (int column = 0; column < columns; column += V.Count)
        {
            int count = Math.Min(V.Count, columns - column);
            V b = bias is null ? V.Zero : Tail.Load<V, T>(bias + column, count);
            for (int row = 0; row < rows; row++)
            {
                T* at = c + row * stride + column;
                Tail.Store(TActivation.Value(Tail.Load<V, T>(at, count) + b), at, count);
            }
        }
    }
}
