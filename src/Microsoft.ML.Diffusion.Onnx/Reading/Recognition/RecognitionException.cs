using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>A computation that is not the part of an encoder that it should be.</summary>
/// <param name="node">The node that computes it.</param>
/// <param name="reason">What was expected.</param>
/// <param name="depth">How much was recognized before: the greater, the nearer to the truth the message is.</param>
internal sealed class RecognitionException(OnnxNode? node, string reason, int depth = 0) : Exception(reason)
{
    public RecognitionException(Term term, string reason, int depth = 0) : this(term.Of.Node, reason, depth)
    {
    }

    public OnnxNode? Node => node;

    public int Depth => depth;
}
