using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>A node with the values of its inputs.</summary>
internal sealed class Arguments(OnnxNode node, Value?[] inputs)
{
    public OnnxNode Node => node;

    public Value?[] Inputs => inputs;

    /// <summary>A required input.</summary>
    public Value this[int index] => Find(index) ?? throw new NotUnderstoodException($"it has no input {index}");

    /// <summary>An optional input; null if absent.</summary>
    public Value? Find(int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>An input that does not depend on the hidden states.</summary>
    public Constant Constant(int index) => this[index] as Constant
        ?? throw new NotUnderstoodException($"its input {index} depends on the hidden states, where a constant is expected");

    public Constant? FindConstant(int index) => Find(index) is null ? null : Constant(index);

    /// <summary>An input as numbers.</summary>
    public Known Known(int index) => Constant(index).ToKnown();

    /// <summary>An input that depends on the hidden states.</summary>
    public Term Term(int index) => this[index] as Term
        ?? throw new NotUnderstoodException($"its input {index} is a constant, where hidden states are expected");
}
