namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>A node that this reader does not understand. It is an error only if an output of the model needs the node.</summary>
/// <param name="reason">What the node does, to follow "not understood: ".</param>
internal sealed class NotUnderstoodException(string reason) : Exception(reason);
