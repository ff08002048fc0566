namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>Reads a tensor's elements out of a file as float32: a run of bytes, or one by one if the tensor is a view.</summary>
internal static class StoredElements
{
    private const int PieceElements = 1 << 24;
    private const int GatheredElements = 256;
    private const int LargestElement = 8;
    private const int LongestLease = 1 << 30;

    /// <summary>Reads a run of elements, counted in row-major order; the range and the element type have been checked.</summary>
    /// <param name="file">The file.</param>
    /// <param name="origin">Where in it the entries' bytes are counted from.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="start">The first element.</param>
    /// <param name="destination">Filled whole.</param>
    public static void Read(ModelFile file, long origin, TensorEntry entry, long start, Span<float> destination)
    {
        origin += entry.Start;
        if (entry.Strides.IsEmpty)
            ReadRun(file, origin, entry.Type, start, destination);
        else
            ReadView(file, origin, entry, start, destination);
    }

    private static void ReadRun(ModelFile file, long origin, StoredType type, long start, Span<float> destination)
    {
        int size = type.Bits / 8;
        while (!destination.IsEmpty)
        {
            int count = Math.Min(PieceElements, destination.Length);
            using ModelFile.Lease bytes = file.Borrow(origin + start * size, count * size);
            ElementConversion.Widen(bytes.Span, type, destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    private static void ReadView(ModelFile file, long origin, TensorEntry entry, long start, Span<float> destination)
    {
        ReadOnlySpan<long> shape = entry.Shape, strides = entry.Strides;
        int last = shape.Length - 1;
        Span<long> index = stackalloc long[shape.Length];
        for (int i = last; i >= 0; i--)
            (start, index[i]) = Math.DivRem(start, shape[i]);
        while (!destination.IsEmpty)
        {
            long at = 0;
            for (int i = 0; i <= last; i++)
                at += index[i] * strides[i];
            int count = (int)Math.Min(destination.Length, shape[last] - index[last]);
            if (strides[last] == 1)
                ReadRun(file, origin, entry.Type, at, destination[..count]);
            else
                Gather(file, origin, entry.Type, at, strides[last], destination[..count]);
            destination = destination[count..];
            index[last] += count;
            for (int i = last; i > 0 && index[i] == shape[i]; i--)
            {
                index[i] = 0;
                index[i - 1]++;
            }
        }
    }

    private static void Gather(ModelFile file, long origin, StoredType type, long at, long stride, Span<float> destination)
    {
        int size = type.Bits / 8;
        int most = stride == 0 ? GatheredElements : (int)Math.Clamp(LongestLease / size / stride, 1, GatheredElements);
        Span<byte> gathered = stackalloc byte[GatheredElements * LargestElement];
        while (!destination.IsEmpty)
        {
            int count = Math.Min(most, destination.Length);
            using ModelFile.Lease bytes = file.Borrow(origin + at * size, (int)(((count - 1) * stride + 1) * size));
            for (int i = 0; i < count; i++)
                bytes.Span.Slice((int)(i * stride * size), size).CopyTo(gathered[(i * size)..]);
            ElementConversion.Widen(gathered[..(count * size)], type, destination[..count]);
            destination = destination[count..];
            at += count * stride;
        }
    }
}
