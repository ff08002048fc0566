namespace Microsoft.ML.Diffusion;

/// <summary>ONNX files: encoders read from them, and models written to them.</summary>
public static partial class OnnxModels
{
}
