namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>An input of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Dims">Its dimensions; 0 for one that is not fixed.</param>
internal sealed record OnnxInput(string Name, OnnxDataType Type, long[] Dims);
