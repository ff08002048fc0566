namespace Microsoft.ML.Diffusion;

/// <summary>
/// Receives an ONNX graph node by node: a file that is being written, or ML.NET's converter. A value has a name, which is unique in the
/// graph; the builder chooses it.
/// </summary>
public abstract class OnnxGraphBuilder
{
    /// <summary>The version of ONNX's own operators that nodes are made for.</summary>
    public abstract int OpsetVersion { get; }

    /// <summary>Adds a constant of floats, or of the type in which the builder stores floats.</summary>
    /// <param name="name">The wished name.</param>
    /// <param name="dimensions">Its dimensions; none for a scalar.</param>
    /// <param name="values">The values, row by row, which are copied.</param>
    /// <returns>The value's name.</returns>
    public abstract string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values);

    /// <summary>Adds a constant of 64-bit integers.</summary>
    /// <inheritdoc cref="AddConstant(string, ReadOnlySpan{long}, ReadOnlySpan{float})"/>
    public abstract string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<long> values);

    /// <summary>Adds a node.</summary>
    /// <param name="type">The operator, such as <c>MatMul</c>.</param>
    /// <param name="inputs">The names of its inputs; an empty name for one that is omitted.</param>
    /// <param name="outputs">The wished names of its outputs.</param>
    /// <param name="domain">The operator's domain; empty for ONNX's own.</param>
    /// <param name="attributes">Its attributes: <see cref="long"/>, <see cref="float"/>, <see cref="string"/>, or an array of one of
    /// them.</param>
    /// <returns>The names of its outputs.</returns>
    public abstract string[] AddNode(
        string type, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, string domain = "",
        params ReadOnlySpan<(string Name, object Value)> attributes);
}
