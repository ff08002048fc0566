namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A named weight, [Rows × Columns] (a vector has one row), with its training state. A linear layer's weight has a row for each output, as
/// in PyTorch. A parameter used only in products may hold its values <see cref="Packed"/> alone.
/// </summary>
/// <remarks>
/// Its engine creates, exchanges and frees its buffers: <see cref="Engine.CreateValues"/>, <see cref="Engine.CreateTraining"/>.
/// </remarks>
public sealed class Parameter(string name, int rows, int columns, ParameterRole role = ParameterRole.Matrix,
    ModelPart part = default) : IDisposable
{
    /// <summary>
    /// The name inside the model, such as <c>layers.0.attention.output.weight</c>, for messages and files; no behavior depends on it.
    /// </summary>
    public string Name { get; } = name;

    /// <summary>Its role.</summary>
    public ParameterRole Role { get; } = role;

    /// <summary>Its part of the model.</summary>
    public ModelPart Part { get; } = part;

    /// <summary>Rows: outputs of a linear layer, entries of a table, 1 for a vector.</summary>
    public int Rows { get; } = rows;

    /// <summary>Columns: inputs of a linear layer, the width of a table, the length of a vector.</summary>
    public int Columns { get; } = columns;

    /// <summary>The number of elements.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Whether this is a bias or the scale of a normalization, which weight decay excludes.</summary>
    public bool IsVector => Role is ParameterRole.Bias or ParameterRole.Norm;

    /// <summary>The values, row by row; null if only the packed form exists.</summary>
    public DeviceBuffer? Value { get; internal set; }

    /// <summary>The values in the engine's own form for products, perhaps as integers; null while training.</summary>
    public DeviceBuffer? Packed { get; internal set; }

    /// <summary>The gradient of the loss; null outside training, and for a frozen parameter, for which it is not computed.</summary>
    public DeviceBuffer? Gradient { get; internal set; }

    /// <summary>Adam's running mean of the gradient; null outside training.</summary>
    public DeviceBuffer? FirstMoment { get; internal set; }

    /// <summary>Adam's running mean of the squared gradient; null outside training.</summary>
    public DeviceBuffer? SecondMoment { get; internal set; }

    /// <summary>The running average of the values; null if there is none.</summary>
    public DeviceBuffer? Average { get; internal set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value?.Dispose();
        Packed?.Dispose();
        StoreTraining(null, null, null, null);
    }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

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

    /// <summary>Moves all buffers to a parameter of the same shape, and holds none afterwards.</summary>
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
