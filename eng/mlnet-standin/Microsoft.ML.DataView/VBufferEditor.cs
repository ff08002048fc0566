namespace Microsoft.ML.Data;

/// <summary>Makes editors that write into the arrays a <see cref="VBuffer{T}"/> already has.</summary>
public static class VBufferEditor
{
    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination,
        int newLogicalLength,
        int? valuesCount = null,
        int? maxValuesCapacity = null,
        bool keepOldOnResize = false,
        bool requireIndicesOnDense = false) =>
        destination.GetEditor(newLogicalLength, valuesCount, maxValuesCapacity, keepOldOnResize, requireIndicesOnDense);
}

/// <summary>Writes the values, and for a sparse vector the indices, of a vector to be.</summary>
public readonly ref struct VBufferEditor<T>
{
    private readonly int _length;
    private readonly T[] _values;
    private readonly int[] _indices;
    public readonly Span<T> Values;
    public readonly Span<int> Indices;

    internal VBufferEditor(
        int logicalLength, int physicalValuesCount, T[] values, int[] indices, bool requireIndicesOnDense, bool createdNewValues, bool createdNewIndices)
    {
        (_length, _values, _indices) = (logicalLength, values, indices);
        Values = values.AsSpan(0, physicalValuesCount);
        Indices = physicalValuesCount < logicalLength || requireIndicesOnDense ? indices.AsSpan(0, physicalValuesCount) : default;
        (CreatedNewValues, CreatedNewIndices) = (createdNewValues, createdNewIndices);
    }

    public bool CreatedNewValues { get; }
    public bool CreatedNewIndices { get; }
    public VBuffer<T> Commit() => new(_length, Values.Length, _values, _indices);
}
