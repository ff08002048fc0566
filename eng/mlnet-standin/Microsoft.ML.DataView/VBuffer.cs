using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>A vector, dense or sparse, whose arrays are reused from row to row.</summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;
    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null) : this(length, length, values, indices) { }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
            throw new ArgumentOutOfRangeException(nameof(count), $"A vector of length {length} cannot hold {count} values.");
        if ((values?.Length ?? 0) < count)
            throw new ArgumentException($"{count} values are announced, {values?.Length ?? 0} given.", nameof(values));
        if (count < length && (indices?.Length ?? 0) < count)
            throw new ArgumentException($"A sparse vector with {count} values needs as many indices.", nameof(indices));
        (Length, _count, _values, _indices) = (length, count, values, indices);
    }

    public bool IsDense => _count == Length;
    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);
    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyTo(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        if (!IsDense)
            GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public T GetItemOrDefault(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index));
        if (IsDense)
            return _values[index];
        int place = GetIndices().BinarySearch(index);
        return place < 0 ? default : _values[place];
    }

    public IEnumerable<T> DenseValues()
    {
        for (int i = 0; i < Length; i++)
            yield return GetItemOrDefault(i);
    }

    public IEnumerator GetEnumerator() => DenseValues().GetEnumerator();
    public override string ToString() => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    internal VBufferEditor<T> GetEditor(
        int newLogicalLength, int? valuesCount, int? maxValuesCapacity = null, bool keepOldOnResize = false, bool requireIndicesOnDense = false)
    {
        int count = valuesCount ?? newLogicalLength;
        bool sparse = count < newLogicalLength || requireIndicesOnDense;
        T[] values = Room(_values, count, keepOldOnResize);
        int[] indices = sparse ? Room(_indices, count, keepOldOnResize) : _indices;
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, requireIndicesOnDense, values != _values, indices != _indices);
    }

    private static TItem[] Room<TItem>(TItem[] array, int count, bool keep)
    {
        if (array?.Length >= count)
            return array;
        if (!keep)
            return new TItem[count];
        Array.Resize(ref array, count);
        return array;
    }
}
