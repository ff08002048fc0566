namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>
/// Operators that only move elements, as maps: element i of the result is element map[i] of the argument. Shapes are checked before a map
/// is made.
/// </summary>
internal static class Layout
{
    /// <summary>The number of elements of a shape.</summary>
    /// <exception cref="NotUnderstoodException">There are too many, or a dimension is negative.</exception>
    public static int Count(ReadOnlySpan<int> dims)
    {
        long count = 1;
        foreach (int dim in dims)
        {
            if (dim < 0)
                throw new NotUnderstoodException($"it has a dimension of {dim}");
            count *= dim;
            if (count > Value.MostElements)
                throw new NotUnderstoodException($"its result has more than {Value.MostElements:N0} elements for a small input");
        }
        return (int)count;
    }

    public static int[] Transpose(int[] dims, ReadOnlySpan<int> order, out int[] result)
    {
        int[] strides = Strides(dims);
        var newDims = new int[dims.Length];
        var newStrides = new int[dims.Length];
        for (int i = 0; i < dims.Length; i++)
            (newDims[i], newStrides[i]) = (dims[order[i]], strides[order[i]]);
        result = newDims;
        return Walk(newDims, newStrides, 0);
    }

    public static int[] Slice(int[] dims, int axis, int start, int step, int count, out int[] result)
    {
        int[] strides = Strides(dims);
        int offset = start * strides[axis];
        result = [.. dims];
        result[axis] = count;
        strides[axis] *= step;
        return Walk(result, strides, offset);
    }

    /// <summary>The elements of a shape repeated to a larger one, as ONNX broadcasts.</summary>
    public static int[] Broadcast(int[] dims, int[] to)
    {
        int[] strides = Strides(dims);
        var repeated = new int[to.Length];
        for (int i = 1; i <= dims.Length; i++)
        {
            if (dims[^i] != 1)
                repeated[^i] = strides[^i];
        }
        return Walk(to, repeated, 0);
    }

    /// <summary>The shape to which two shapes are broadcast.</summary>
    /// <exception cref="NotUnderstoodException">They do not fit.</exception>
    public static int[] Common(int[] a, int[] b)
    {
        var common = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= common.Length; i++)
        {
            int x = i <= a.Length ? a[^i] : 1, y = i <= b.Length ? b[^i] : 1;
            if (x != y && x != 1 && y != 1)
                throw new NotUnderstoodException($"its inputs have shapes {Text(a)} and {Text(b)}, which do not fit");
            common[^i] = x == 1 ? y : x;
        }
        Count(common);
        return common;
    }

    /// <summary>Some elements of an axis.</summary>
    public static int[] Gather(int[] dims, int axis, long[] indices, int[] indexDims, out int[] result)
    {
        result = [.. dims[..axis], .. indexDims, .. dims[(axis + 1)..]];
        int[] map = new int[Count(result)];
        int inner = Count(dims.AsSpan(axis + 1)), outer = Count(dims.AsSpan(0, axis)), length = dims[axis], at = 0;
        for (int o = 0; o < outer; o++)
        {
            foreach (long index in indices)
            {
                long row = index < 0 ? index + length : index;
                if (row < 0 || row >= length)
                    throw new NotUnderstoodException($"it takes element {index} of {length}");
                for (int i = 0; i < inner; i++)
                    map[at++] = (int)(((long)o * length + row) * inner + i);
            }
        }
        return map;
    }

    public static int[] Strides(ReadOnlySpan<int> dims)
    {
        var strides = new int[dims.Length];
        int stride = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(dims[i], 1);
        }
        return strides;
    }

    /// <summary>An axis that may count from the end.</summary>
    public static int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw new NotUnderstoodException($"it names axis {axis} of {rank}");

    private static string Text(int[] dims) => $"[{string.Join(", ", dims)}]";

    private static int[] Walk(int[] dims, int[] strides, int offset)
    {
        int count = Count(dims);
        var map = new int[count];
        if (count == 0)
            return map;
        var position = new int[dims.Length];
        int inner = dims.Length == 0 ? 1 : dims[^1], step = dims.Length == 0 ? 0 : strides[^1];
        for (int at = 0; at < count;)
        {
            for (int i = 0; i < inner; i++)
                map[at++] = offset + i * step;
            for (int axis = dims.Length - 2; axis >= 0; axis--)
            {
                offset += strides[axis];
                if (++position[axis] < dims[axis])
                    break;
                offset -= strides[axis] * dims[axis];
                position[axis] = 0;
            }
        }
        return map;
    }
}
