namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>A safetensors file's description of one tensor, checked against the file. Immutable.</summary>
internal sealed class TensorEntry
{
    private readonly StoredType _type;
    private readonly long[] _shape;

    internal TensorEntry(string name, StoredType type, long[] shape, long elementCount, long start, long end)
    {
        Name = name;
        _type = type;
        _shape = shape;
        ElementCount = elementCount;
        Start = start;
        End = end;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The element type, or null if it cannot be read as floats (see <see cref="StoredTypeName"/>).</summary>
    public ElementType? ElementType => _type.ElementType;

    /// <summary>The element type as the format spells it: <c>F32</c>, <c>BF16</c>, <c>I64</c>, …</summary>
    public string StoredTypeName => _type.Name;

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The first byte, counted from the end of the file's header.</summary>
    public long Start { get; }

    /// <summary>The index after the last byte, counted from the end of the file's header.</summary>
    public long End { get; }

    /// <summary>The name, type and shape, such as <c>embeddings.weight F16 [1024, 256]</c>.</summary>
    public override string ToString() => $"{Name} {StoredTypeName} {Messages.Shape(_shape)}";
}
