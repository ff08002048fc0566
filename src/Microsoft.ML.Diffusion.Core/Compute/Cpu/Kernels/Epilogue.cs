namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>What a linear layer does to its product while it is still in the cache: adds the bias, applies the activation.</summary>
internal unsafe struct Epilogue<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>The bias [n], or null.</summary>
    public T* Bias;

    /// <summary>The activation.</summary>
    public Activation Activation;

    public readonly bool IsNeeded => Bias is not null || Activation != Activation.None;

    /// <summary>Finishes <paramref name="rows"/> rows of C in the columns from <paramref name="firstColumn"/>.</summary>
    public readonly void Apply(T* c, nint stride, int rows, int firstColumn, int columns)
    {
        for (int row = 0; row < rows; row++, c += stride)
        {
            if (Bias is not null)
                AddBias(c, Bias + firstColumn, columns);
            if (Activation != Activation.None)
                ActivationKernel<V, T>.Forward(Activation, c, c, columns);
        }
    }

    private static void AddBias(T* c, T* bias, int columns)
    {
        int i = 0;
        for (; i <= columns - V.Count; i += V.Count)
            V.Store(V.Load(c + i) + V.Load(bias + i), c + i);
        if (i < columns)
            Tail.Store(Tail.Load<V, T>(c + i, columns - i) + Tail.Load<V, T>(bias + i, columns - i), c + i, columns - i);
    }
}
