namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>A file's description of one tensor, checked against the file. Immutable.</summary>
internal sealed class TensorEntry
{
    private readonly long[] _shape;
    private readonly long[]? _strides;

    internal TensorEntry(string name, StoredType type, long[] shape, long elementCount, long start, long end, long[]? strides = null)
    {
        Name = name;
        Type = type;
        _shape = shape;
        _strides = strides;
        ElementCount = elementCount;
        Start = start;
        End = end;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The element type in the file.</summary>
    public StoredType Type { get; }

    /// <summary>The element type, or null if tensors are never written with it (see <see cref="StoredTypeName"/>).</summary>
    public ElementType? ElementType => Type.ElementType;

    /// <summary>The element type as safetensors spells it: <c>F32</c>, <c>BF16</c>, <c>I64</c>, …</summary>
    public string StoredTypeName => Type.Name;

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The distance in elements between neighbors along each dimension; empty if the elements are in row-major order.</summary>
    public ReadOnlySpan<long> Strides => _strides;

    /// <summary>The first byte, counted from the end of the file's header.</summary>
    public long Start { get; }

    /// <summary>The index after the last byte, counted from the end of the file's header.</summary>
    public long End { get; }

    /// <summary>The name, type and shape, such as <c>embeddings.weight F16 [1024, 256]</c>.</summary>
    public override string ToString() => $"{Name} {StoredTypeName} {Messages.Shape(_shape)}";
}
