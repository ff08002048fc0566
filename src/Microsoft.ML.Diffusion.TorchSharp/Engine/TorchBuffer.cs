namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Numbers of a parameter or its training state: float32, in the device's memory. A second form of them, as factors of products in
/// bfloat16, is made at the first use and made again after a change.
/// </summary>
internal sealed class TorchBuffer : DeviceBuffer
{
    private readonly Lock _lock = new(); // threads that score share the model
    private TorchTensor? _matrix;
    private TorchTensor? _rounded;
    private bool _isRoundedStale;
    private long _length;

    /// <param name="values">[length], float32; the buffer disposes it.</param>
    public TorchBuffer(TorchTensor values) : base(values.shape[0])
    {
        Values = values.DetachFromDisposeScope();
        _length = Length;
        GC.AddMemoryPressure(Math.Max(1, _length)); // the runtime sees only a handle
    }

    /// <summary>The numbers, [length].</summary>
    public TorchTensor Values { get; }

    /// <summary>The numbers as [rows × columns], sharing their memory.</summary>
    public TorchTensor Matrix(int rows, int columns)
    {
        if (_matrix is TorchTensor known && known.shape[0] == rows)
            return known;
        lock (_lock)
        {
            if (_matrix is TorchTensor other && other.shape[0] == rows)
                return other;
            _matrix?.Dispose();
            return _matrix = Values.view(rows, columns).DetachFromDisposeScope();
        }
    }

    /// <summary>The numbers as [rows × columns], rounded to bfloat16.</summary>
    public TorchTensor Rounded(int rows, int columns)
    {
        TorchTensor matrix = Matrix(rows, columns);
        lock (_lock)
        {
            if (_rounded is null)
                _rounded = matrix.to(ScalarType.BFloat16).DetachFromDisposeScope();
            else if (_isRoundedStale)
                _rounded.copy_(matrix);
            _isRoundedStale = false;
            return _rounded;
        }
    }

    /// <summary>Says that the numbers have changed.</summary>
    public void Change() => _isRoundedStale = true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_length == 0 && Values.IsInvalid)
            return;
        GC.RemoveMemoryPressure(Math.Max(1, _length));
        _length = 0;
        Values.Dispose();
        _matrix?.Dispose();
        _rounded?.Dispose();
        (_matrix, _rounded) = (null, null);
    }
}
