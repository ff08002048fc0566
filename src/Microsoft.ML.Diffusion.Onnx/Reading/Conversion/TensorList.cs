using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>Collects tensors under Hugging Face's names: linear weights are [outputs × inputs] there.</summary>
internal sealed class TensorList
{
    private readonly List<TensorPart> _tensors = [];

    public IReadOnlyList<TensorPart> Tensors => _tensors;

    public void Table(string name, Weight table)
    {
        Weight rows = (Weight)table.WithDims(table.Dims[^2..]);
        _tensors.Add(new TensorPart(name, rows.Dims, [rows]));
    }

    public void Filled(string name, int[] shape, float number) => _tensors.Add(new TensorPart(name, shape, null, number));

    /// <summary>Adds linear layers as one, the outputs of the first above those of the next.</summary>
    /// <param name="name">The name, without .weight and .bias.</param>
    /// <param name="hasBias">Whether the family has a bias there; one that the graph lacks is 0.</param>
    /// <param name="parts">The layers.</param>
    public void Linear(string name, bool hasBias, params LinearPart[] parts)
    {
        Weights(name + ".weight", parts);
        if (hasBias)
            Bias(name + ".bias", parts);
    }

    public void Weights(string name, params LinearPart[] parts) => _tensors.Add(new TensorPart(
        name, [parts.Sum(part => part.Outputs), parts[0].Inputs], Array.ConvertAll(parts, part => part.Weight.Transposed())));

    public void Bias(string name, params LinearPart[] parts)
    {
        int outputs = parts.Sum(part => part.Outputs);
        if (Array.TrueForAll(parts, part => part.Bias is null))
            Filled(name, [outputs], 0);
        else
            _tensors.Add(new TensorPart(
                name, [outputs], Array.ConvertAll(parts, part => part.Bias ?? new Known([part.Outputs], new double[part.Outputs]))));
    }

    public void Norm(string name, NormPart norm, bool hasBias)
    {
        Vector(name + ".weight", norm.Scale, norm.Width, 1);
        if (hasBias)
            Vector(name + ".bias", norm.Bias, norm.Width, 0);
    }

    private void Vector(string name, Constant? vector, int width, float otherwise) => _tensors.Add(vector is null
        ? new TensorPart(name, [width], null, otherwise)
        : new TensorPart(name, [width], [vector]));
}
