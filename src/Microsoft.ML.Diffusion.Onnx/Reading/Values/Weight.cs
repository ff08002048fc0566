using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>
/// A weight in the file, seen through strides: transposed, cut and reshaped without being read. It is read once, when it is written to the
/// model's own format.
/// </summary>
internal sealed class Weight : Constant
{
    private readonly OnnxTensor _tensor;
    private readonly long _offset;
    private readonly long[] _strides;
    private readonly double _factor = 1;
    private readonly Quantization? _quantization;

    public Weight(OnnxTensor tensor) : base(tensor.Dims)
    {
        _tensor = tensor;
        _strides = Contiguous(tensor.Dims);
    }

    private Weight(Weight of, int[] dims, long[] strides, long offset, double factor, Quantization? quantization) : base(dims) =>
        (_tensor, _strides, _offset, _factor, _quantization) = (of._tensor, strides, offset, factor, quantization);

    /// <summary>The type in which the numbers can be stored exactly: half precisions as they are, everything else as floats.</summary>
    public OnnxDataType StoredType => _factor == 1 && _quantization is null && _tensor.Type is OnnxDataType.Float16 or OnnxDataType.BFloat16
        ? _tensor.Type : OnnxDataType.Float;

    /// <summary>Whether the elements are integers that still need a scale.</summary>
    public bool IsInteger => !OnnxDataTypes.IsFloat(_tensor.Type) && _quantization is null;

    /// <summary>The tensor's name in the file.</summary>
    public string Name => _tensor.Name;

    private bool IsContiguous => _strides.AsSpan().SequenceEqual(Contiguous(Dims));

    /// <summary>Whether two weights are the same part of one tensor.</summary>
    public bool IsSameAs(Weight other) =>
        _tensor == other._tensor && _offset == other._offset && _strides.AsSpan().SequenceEqual(other._strides) &&
        Dims.AsSpan().SequenceEqual(other.Dims) && _factor == other._factor && Equals(_quantization, other._quantization);

    /// <summary>The integers as numbers: (q − zero) · scale, for each of an axis's elements or for all.</summary>
    public Weight Dequantized(double[] scales, long[] zeros, int axis) =>
        new(this, Dims, _strides, _offset, _factor, new Quantization(scales, zeros, scales.Length == 1 && zeros.Length == 1 ? -1 : axis));

    /// <summary>Other scales for the numbers, once the zeros are set.</summary>
    public Weight Scaled(double[] scales, int axis) =>
        new(this, Dims, _strides, _offset, _factor, (_quantization ?? new Quantization([1], [0], -1)) with
        {
            Scales = scales,
            Axis = scales.Length == 1 && (_quantization?.Zeros.Length ?? 1) == 1 ? -1 : axis,
        });

    public override Known ToKnown()
    {
        if (Count > Value.MostElements)
            throw new NotUnderstoodException(
                $"it computes with the weight '{OnnxText.Shorten(Name)}' of shape {OnnxText.Shape(Dims)}, which is too large to be a " +
                    "constant");
        if (IsInteger && IsContiguous)
        {
            var integers = new long[Count];
            _tensor.Read(_offset, integers);
            return new Known(Dims, integers);
        }
        return new Known(Dims, Numbers());
    }

    public override Value WithDims(int[] dims)
    {
        if (!IsContiguous)
            return RemoveOnes(dims) ?? ToKnown().WithDims(dims);
        if (_quantization is { Axis: >= 0 })
            return RemoveOnes(dims) ?? ToKnown().WithDims(dims);
        return new Weight(this, dims, Contiguous(dims), _offset, _factor, _quantization);
    }

    public override Value Pick(int[] map, int[] dims) => ToKnown().Pick(map, dims);

    public override Constant Transposed() => Transpose([1, 0]);

    /// <summary>The axes in another order.</summary>
    public Weight Transpose(ReadOnlySpan<int> order)
    {
        var dims = new int[Dims.Length];
        var strides = new long[Dims.Length];
        for (int i = 0; i < dims.Length; i++)
            (dims[i], strides[i]) = (Dims[order[i]], _strides[order[i]]);
        Quantization? quantization = _quantization is { Axis: >= 0 } given ? given with { Axis = order.IndexOf(given.Axis) }
            : _quantization;
        return new Weight(this, dims, strides, _offset, _factor, quantization);
    }

    public override Constant Columns(int start, int count) => Slice(Dims.Length - 1, start, count);

    /// <summary>Some elements of an axis.</summary>
    public Weight Slice(int axis, int start, int count)
    {
        int[] dims = [.. Dims];
        dims[axis] = count;
        Quantization? quantization = _quantization is { Axis: >= 0 } given && given.Axis == axis
            ? given with { Scales = Cut(given.Scales), Zeros = Cut(given.Zeros) } : _quantization;
        return new Weight(this, dims, _strides, _offset + start * _strides[axis], _factor, quantization);

        T[] Cut<T>(T[] values) => values.Length == 1 ? values : values[start..(start + count)];
    }

    public override Constant Times(double factor) =>
        factor == 1 ? this : new Weight(this, Dims, _strides, _offset, _factor * factor, _quantization);

    public override void CopyTo(Span<float> destination) => Read(Dims, destination);

    public override void CopyFirst(Span<float> destination)
    {
        // Whole rows from the front, down to a part of one row.
        int width = Math.Max(Width, 1);
        int rows = Math.Min((destination.Length + width - 1) / width, (int)(Count / width));
        if (Dims.Length < 2 || destination.Length >= Count)
        {
            var all = new float[Count];
            Read(Dims, all);
            all.AsSpan(0, destination.Length).CopyTo(destination);
            return;
        }
        if (Dims.Length > 2)
        {
            var known = new float[Count];
            Read(Dims, known);
            known.AsSpan(0, destination.Length).CopyTo(destination);
            return;
        }
        var head = new float[rows * width];
        Read([rows, width], head);
        head.AsSpan(0, destination.Length).CopyTo(destination);
    }

    /// <summary>Copies the numbers in their own half precision.</summary>
    public void CopyHalves(Span<byte> destination)
    {
        if (IsContiguous && _tensor.IsRaw)
        {
            _tensor.Read(_offset, destination);
            return;
        }
        byte[] bytes = Slab(Dims, out long first);
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(destination);
        ReadOnlySpan<ushort> source = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        int at = 0;
        var walk = new StrideWalk(Dims, _strides, _offset - first);
        while (walk.NextRow(out long start, out int count, out long step))
        {
            for (int i = 0; i < count; i++)
                halves[at++] = source[(int)(start + i * step)];
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private double[] Numbers()
    {
        var floats = new float[Count];
        if (_tensor.Type == OnnxDataType.Double && IsContiguous && _factor == 1 && _quantization is null)
        {
            var doubles = new double[Count];
            _tensor.Read(_offset, doubles);
            return doubles;
        }
        Read(Dims, floats);
        return Array.ConvertAll(floats, number => (double)number);
    }

    private void Read(int[] dims, Span<float> destination)
    {
        if (Count == 0)
            return;
        if (IsContiguous && _tensor.IsRaw && _tensor.Type == OnnxDataType.Float && _factor == 1 && _quantization is null)
        {
            _tensor.Read(_offset, MemoryMarshal.AsBytes(destination));
            return;
        }
        byte[] bytes = Slab(dims, out long first);
        try
        {
            Convert(bytes, dims, first, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Convert(ReadOnlySpan<byte> bytes, int[] dims, long first, Span<float> destination)
    {
        OnnxDataType type = _tensor.Type;
        int size = OnnxDataTypes.SizeOf(type), at = 0;
        ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(bytes);
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
        var factor = (float)_factor;
        var walk = new StrideWalk(dims, _strides, _offset - first);
        while (walk.NextRow(out long start, out int count, out long step))
        {
            Span<float> row = destination.Slice(at, count);
            if (type == OnnxDataType.Float)
            {
                for (int i = 0; i < count; i++)
                    row[i] = floats[(int)(start + i * step)];
            }
            else if (type == OnnxDataType.Float16)
            {
                for (int i = 0; i < count; i++)
                    row[i] = (float)halves[(int)(start + i * step)];
            }
            else
            {
                for (int i = 0; i < count; i++)
                    row[i] = (float)ElementReader.Number(bytes.Slice((int)(start + i * step) * size, size), type);
            }
            if (_quantization is Quantization q)
            {
                for (int i = 0; i < count; i++)
                {
                    int index = q.Axis < 0 ? 0 : walk.Index(q.Axis, i);
                    row[i] = (float)((row[i] - q.Zeros[q.Zeros.Length == 1 ? 0 : index]) * q.Scales[q.Scales.Length == 1 ? 0 : index]);
                }
            }
            if (factor != 1)
            {
                for (int i = 0; i < count; i++)
                    row[i] *= factor;
            }
            at += count;
        }
    }

    /// <summary>The bytes of the tensor from the first to the last element that is read, in a rented array.</summary>
    private byte[] Slab(int[] dims, out long first)
    {
        first = _offset;
        long last = _offset;
        for (int i = 0; i < dims.Length; i++)
            last += _strides[i] * (dims[i] - 1L);
        int size = OnnxDataTypes.SizeOf(_tensor.Type);
        long length = (last - first + 1) * size;
        if (length > Array.MaxLength)
            throw new NotUnderstoodException($"the weight '{OnnxText.Shorten(Name)}' has more than 2 GiB");
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)length);
        _tensor.Read(first, bytes.AsSpan(0, (int)length));
        return bytes;
    }

    /// <summary>Another shape that differs only by dimensions of 1; null if it differs by more.</summary>
    private Weight? RemoveOnes(int[] dims)
    {
        if (!Dims.Where(dim => dim != 1).SequenceEqual(dims.Where(dim => dim != 1)))
            return null;
        var strides = new long[dims.Length];
        int at = 0, axis = _quantization?.Axis ?? -1, newAxis = -1;
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] == 1)
                continue;
            while (Dims[at] == 1)
                at++;
            if (at == axis)
                newAxis = i;
            strides[i] = _strides[at++];
        }
        if (axis >= 0 && newAxis < 0)
            return null;
        return new Weight(this, dims, strides, _offset, _factor, _quantization is null ? null : _quantization with { Axis = newAxis });
    }

    private static long[] Contiguous(int[] dims)
    {
        var strides = new long[dims.Length];
        long stride = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(dims[i], 1);
        }
        return strides;
    }

    /// <summary>How integers become numbers.</summary>
    /// <param name="Scales">One, or one for each element of the axis.</param>
    /// <param name="Zeros">One, or one for each element of the axis.</param>
    /// <param name="Axis">The axis; −1 if there is one scale and one zero.</param>
    private sealed record Quantization(double[] Scales, long[] Zeros, int Axis)
    {
        public bool Equals(Quantization? other) =>
            other is not null && Axis == other.Axis && Scales.AsSpan().SequenceEqual(other.Scales) &&
                Zeros.AsSpan().SequenceEqual(other.Zeros);

        public override int GetHashCode() => Axis;
    }
}
