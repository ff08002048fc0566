namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Numbers of a parameter or its training state: float32, in the device's memory. A second form of them, as factors of products in
/// bfloat16, is made at the first use and made again after a change.
/// </summary>
/// <param name="values">[length], float32; the buffer disposes it.</param>
internal sealed class TorchBuffer(TorchTensor values) : DeviceBuffer(values.shape[0])
{
    private readonly Lock _lock = new(); // threads that score share the model
    private TorchTensor? _matrix;
    private int _rows = -1;
    private TorchTensor? _rounded;
    private bool _isRoundedStale;

    /// <summary>The numbers, [length].</summary>
    public TorchTensor Values { get; } = values.DetachFromDisposeScope();

    /// <summary>The numbers as [rows × columns], sharing their memory.</summary>
    public TorchTensor Matrix(int rows, int columns)
    {
        lock (_lock)
        {
            if (_rows == rows)
                return _matrix!;
            _matrix?.Dispose();
            (_matrix, _rows) = (Values.view(rows, columns).DetachFromDisposeScope(), rows);
            return _matrix;
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
        Values.Dispose();
        _matrix?.Dispose();
        _rounded?.Dispose();
    }
}
