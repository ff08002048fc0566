using Onnx;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>A constant of a file whose values are read when it is written.</summary>
/// <param name="Header">Its name, type and dimensions.</param>
/// <param name="Length">The bytes of its values.</param>
/// <param name="Write">Writes the values; each call the same.</param>
internal sealed record StreamedTensor(TensorProto Header, long Length, Action<Stream, CancellationToken> Write);
