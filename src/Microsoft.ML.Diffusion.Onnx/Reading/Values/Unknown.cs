using Microsoft.ML.Diffusion.Onnx.Reading.Files;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>The result of a node that was not understood, or of one that needs such a result.</summary>
/// <param name="node">The first node that was not understood.</param>
/// <param name="reason">What it is, and what was expected.</param>
internal sealed class Unknown(OnnxNode? node, string reason) : Value([])
{
    public OnnxNode? Node => node;

    public string Reason => reason;

    public override Value WithDims(int[] dims) => this;

    public override Value Pick(int[] map, int[] dims) => this;
}
