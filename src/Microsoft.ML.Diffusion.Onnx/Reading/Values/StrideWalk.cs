namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>Walks a strided tensor row by row of its last dimension.</summary>
internal struct StrideWalk(int[] dims, long[] strides, long offset)
{
    private readonly int[] _position = new int[dims.Length];
    private long _offset = offset;
    private bool _started;

    /// <summary>The next row.</summary>
    public bool NextRow(out long start, out int count, out long step)
    {
        int last = dims.Length - 1;
        (count, step) = last < 0 ? (1, 0) : (dims[last], strides[last]);
        if (_started && !Advance(last - 1))
        {
            start = 0;
            return false;
        }
        _started = true;
        start = _offset;
        return true;
    }

    /// <summary>The index in an axis of an element of the current row.</summary>
    public readonly int Index(int axis, int inRow) => axis == dims.Length - 1 ? inRow : _position[axis];

    private bool Advance(int axis)
    {
        for (; axis >= 0; axis--)
        {
            _offset += strides[axis];
            if (++_position[axis] < dims[axis])
                return true;
            _offset -= strides[axis] * dims[axis];
            _position[axis] = 0;
        }
        return false;
    }
}
