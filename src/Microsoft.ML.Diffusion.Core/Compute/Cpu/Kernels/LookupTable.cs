namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>A table whose rows lie plain or, one column in <see cref="Stride"/>, in panels.</summary>
/// <param name="values">The values.</param>
/// <param name="stride">1 where they lie plain, else the width of a panel.</param>
internal readonly unsafe struct LookupTable<T>(T* values, int stride) where T : unmanaged
{
    public T* Values { get; } = values;

    public int Stride { get; } = stride;
}
