namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A named weight, [Rows × Columns] (a vector has one row), with what training keeps beside it. A linear layer's weight has a
/// row for each output, as PyTorch stores it. A parameter that only multiplies may hold its values <see cref="Packed"/> alone.
/// </summary>
public sealed class Parameter(string name, int rows, int columns, ParameterRole role = ParameterRole.Matrix, ModelPart part = default) : IDisposable
{
    /// <summary>The name inside the model, such as <c>layers.0.attention.output.weight</c>: for messages and files; nothing is decided by it.</summary>
    public string Name { get; } = name;

    /// <summary>What it does.</summary>
    public ParameterRole Role { get; } = role;

    /// <summary>Where in the model it stands.</summary>
    public ModelPart Part { get; } = part;

    /// <summary>Rows: outputs of a linear layer, entries of a table, 1 for a vector.</summary>
    public int Rows { get; } = rows;

    /// <summary>Columns: inputs of a linear layer, the width of a table, the length of a vector.</summary>
    public int Columns { get; } = columns;

    /// <summary>The number of elements.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Whether this is a bias or the scale of a normalisation, which weight decay leaves alone.</summary>
    public bool IsVector => Role is ParameterRole.Bias or ParameterRole.Norm;

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
        ReleaseTraining();
    }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

    internal void ReleaseTraining()
    {
        Gradient?.Dispose();
        FirstMoment?.Dispose();
        SecondMoment?.Dispose();
        Average?.Dispose();
        Gradient = FirstMoment = SecondMoment = Average = null;
    }
}
