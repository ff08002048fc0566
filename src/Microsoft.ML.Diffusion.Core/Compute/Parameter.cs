namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A named weight, [Rows × Columns] (a vector has one row), with what training keeps beside it. A linear layer's weight has a
/// row for each output, as PyTorch stores it. A parameter that only multiplies may hold its values <see cref="Packed"/> alone.
/// </summary>
/// <remarks>
/// Its buffers are made, exchanged and freed by the engine that it is on: <see cref="Engine.CreateValues"/>,
/// <see cref="Engine.CreateTraining"/>.
/// </remarks>
public sealed class Parameter(string name, int rows, int columns, bool isVector = false) : IDisposable
{
    /// <summary>The name inside the model, such as <c>layers.0.attention.output.weight</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Rows: outputs of a linear layer, entries of a table, 1 for a vector.</summary>
    public int Rows { get; } = rows;

    /// <summary>Columns: inputs of a linear layer, the width of a table, the length of a vector.</summary>
    public int Columns { get; } = columns;

    /// <summary>The number of elements.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Whether this is a bias or the weight of a normalisation, which weight decay leaves alone.</summary>
    public bool IsVector { get; } = isVector;

    /// <summary>The values, row by row; null where only the packed form is kept.</summary>
    public DeviceBuffer? Value { get; internal set; }

    /// <summary>The values in the engine's own order for multiplication, perhaps as integers; null while training.</summary>
    public DeviceBuffer? Packed { get; internal set; }

    /// <summary>The gradient of the loss; null outside training, and for a parameter that is frozen: nothing is computed for it then.</summary>
    public DeviceBuffer? Gradient { get; internal set; }

    /// <summary>Adam's running mean of the gradient; null outside training.</summary>
    public DeviceBuffer? FirstMoment { get; internal set; }

    /// <summary>Adam's running mean of the squared gradient; null outside training.</summary>
    public DeviceBuffer? SecondMoment { get; internal set; }

    /// <summary>The running average of the values; null where none is kept.</summary>
    public DeviceBuffer? Average { get; internal set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value?.Dispose();
        Packed?.Dispose();
        StoreTraining(null, null, null, null);
    }

    /// <inheritdoc cref="Engine.Store"/>
    internal void Store(DeviceBuffer? value, DeviceBuffer? packed)
    {
        Value = Replace(Value, value);
        Packed = Replace(Packed, packed);
    }

    /// <inheritdoc cref="Engine.StoreTraining"/>
    internal void StoreTraining(DeviceBuffer? gradient, DeviceBuffer? firstMoment, DeviceBuffer? secondMoment, DeviceBuffer? average)
    {
        Gradient = Replace(Gradient, gradient);
        FirstMoment = Replace(FirstMoment, firstMoment);
        SecondMoment = Replace(SecondMoment, secondMoment);
        Average = Replace(Average, average);
    }

    /// <inheritdoc cref="Engine.ExchangeAverages"/>
    internal void ExchangeAverage()
    {
        if (Average is not null)
            (Value, Average) = (Average, Value);
    }

    /// <summary>Hands all buffers to a parameter that is like this one, and keeps none.</summary>
    internal Parameter Detach()
    {
        var detached = (Parameter)MemberwiseClone();
        Value = Packed = Gradient = FirstMoment = SecondMoment = Average = null;
        return detached;
    }

    private static DeviceBuffer? Replace(DeviceBuffer? old, DeviceBuffer? buffer)
    {
        if (!ReferenceEquals(old, buffer))
            old?.Dispose();
        return buffer;
    }
}
