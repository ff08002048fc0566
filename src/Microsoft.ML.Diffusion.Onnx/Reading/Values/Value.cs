namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>
/// A value of the graph, evaluated on a small made-up input: numbers that do not depend on the model's weights, a weight, or a term of the
/// computation that does. Its dimensions are always concrete.
/// </summary>
internal abstract class Value(int[] dims)
{
    /// <summary>The most elements of a value that is held as numbers.</summary>
    public const int MostElements = 1 << 21;

    /// <summary>The dimensions; none for a scalar.</summary>
    public int[] Dims => dims;

    /// <summary>The number of elements.</summary>
    public long Count { get; } = dims.Aggregate(1L, (count, dim) => count * dim);

    /// <summary>The last dimension.</summary>
    public int Width => dims.Length == 0 ? 1 : dims[^1];

    /// <summary>The same elements in another shape of as many.</summary>
    public abstract Value WithDims(int[] dims);

    /// <summary>A value whose element i is element map[i] of this one.</summary>
    public abstract Value Pick(int[] map, int[] dims);
}
