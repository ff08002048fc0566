using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>A tensor of a Hugging Face checkpoint: parts, one below another.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Parts">Its rows; null for numbers that are all <paramref name="Fill"/>.</param>
/// <param name="Fill">The number of a tensor without parts.</param>
internal sealed record TensorPart(string Name, int[] Shape, Constant[]? Parts, float Fill = 0)
{
    public long Count => Shape.Aggregate(1L, (count, dim) => count * dim);

    /// <summary>The type in which all parts are stored exactly.</summary>
    public OnnxDataType StoredType => Parts is not null && Array.TrueForAll(Parts, part => part is Weight) &&
        Parts.Select(part => ((Weight)part).StoredType).Distinct().ToArray() is [OnnxDataType only] ? only : OnnxDataType.Float;
}
