namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Fewer elements than a register holds, at the end of a row.</summary>
internal static unsafe class Tail
{
    /// <summary>Loads <paramref name="count"/> elements; the other lanes are zero.</summary>
    public static V Load<V, T>(T* source, int count) where V : unmanaged, ILanes<V, T> where T : unmanaged
    {
        V value = V.Zero;
        new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(&value, V.Count));
        return value;
    }

    /// <summary>Loads <paramref name="count"/> elements; the other lanes are <paramref name="fill"/>.</summary>
    public static V Load<V, T>(T* source, int count, V fill) where V : unmanaged, ILanes<V, T> where T : unmanaged
    {
        new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(&fill, V.Count));
        return fill;
    }

    /// <summary>Stores the first <paramref name="count"/> lanes.</summary>
    public static void Store<V, T>(V value, T* destination, int count) where V : unmanaged, ILanes<V, T> where T : unmanaged =>
        new ReadOnlySpan<T>(&value, count).CopyTo(new Span<T>(destination, count));
}
