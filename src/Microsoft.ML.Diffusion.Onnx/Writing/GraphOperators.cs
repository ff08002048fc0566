using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// The operators of graphs, in forms that are the same from opset 11 on. What is written out here in small steps is written as PyTorch's
/// exporter does, since ONNX Runtime fuses that.
/// </summary>
/// <param name="graph">The graph.</param>
internal sealed class GraphOperators(OnnxGraphBuilder graph)
{
    /// <summary>The first opset with LayerNormalization, and the first whose reductions take axes as an input.</summary>
    private const int LayerNormalizationOpset = 17, AxesAsInputOpset = 18;

    /// <summary>ONNX's number for a type of elements (TensorProto.DataType).</summary>
    internal const long Float = 1, Boolean = 9;

    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    public OnnxGraphBuilder Graph { get; } = graph;

    /// <summary>A constant scalar; equal ones are one.</summary>
    public string Scalar(float value) =>
        Shared($"float {BitConverter.SingleToInt32Bits(value)}", () => Graph.AddConstant("scalar", [], [value]));

    /// <inheritdoc cref="Scalar(float)"/>
    public string Scalar(long value) => Shared($"long {value}", () => Graph.AddConstant("scalar", [], [value]));

    /// <summary>A constant vector of integers; equal ones are one.</summary>
    public string Vector(params ReadOnlySpan<long> values)
    {
        long[] copy = values.ToArray();
        return Shared($"longs {string.Join(' ', copy)}", () => Graph.AddConstant("vector", [copy.Length], copy));
    }

    /// <summary>A node with one output.</summary>
    public string Node(
        string type, string wish, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Graph.AddNode(type, inputs, [wish], "", attributes)[0];

    public string Add(string a, string b, string wish = "sum") => Node("Add", wish, [a, b]);

    public string Sub(string a, string b) => Node("Sub", "difference", [a, b]);

    public string Mul(string a, string b, string wish = "product") => Node("Mul", wish, [a, b]);

    public string Div(string a, string b, string wish = "quotient") => Node("Div", wish, [a, b]);

    public string MatMul(string a, string b, string wish) => Node("MatMul", wish, [a, b]);

    public string Cast(string x, long type, string wish) => Node("Cast", wish, [x], ("to", type));

    /// <summary>Another shape of x: 0 takes over a dimension, −1 is what is left.</summary>
    public string Reshape(string x, string wish, params ReadOnlySpan<long> shape) => Node("Reshape", wish, [x, Vector(shape)]);

    public string Transpose(string x, string wish, params long[] axes) => Node("Transpose", wish, [x], ("perm", axes));

    /// <summary>Elements first … end − 1 along an axis.</summary>
    public string Slice(string x, long first, long end, long axis, string wish) =>
        Node("Slice", wish, [x, Vector(first), Vector(end), Vector(axis)]);

    /// <summary>One element along an axis, which is removed.</summary>
    public string Pick(string x, long index, long axis, string wish) => Node("Gather", wish, [x, Scalar(index)], ("axis", axis));

    /// <summary>condition ? a : b.</summary>
    public string Where(string condition, string a, string b, string wish) => Node("Where", wish, [condition, a, b]);

    /// <summary>The mean along an axis.</summary>
    public string Mean(string x, long axis, bool keep, string wish) => Reduce("ReduceMean", x, axis, keep, wish);

    /// <summary>The greatest number of each row, [… × 1].</summary>
    public string RowMax(string x, string wish) => Reduce("ReduceMax", x, -1, keep: true, wish);

    /// <summary>Layer normalization over the last axis; no bias is null.</summary>
    public string LayerNorm(string x, string weight, string? bias, double epsilon, string wish)
    {
        if (Graph.OpsetVersion >= LayerNormalizationOpset)
        {
            ReadOnlySpan<string> inputs = bias is null ? [x, weight] : [x, weight, bias];
            return Node("LayerNormalization", wish, inputs, ("axis", -1L), ("epsilon", (float)epsilon), ("stash_type", 1L));
        }
        string centered = Sub(x, Mean(x, -1, keep: true, "mean"));
        string variance = Mean(Node("Pow", "square", [centered, Scalar(2f)]), -1, keep: true, "variance");
        string scaled = Mul(Div(centered, Node("Sqrt", "deviation", [Add(variance, Scalar((float)epsilon))])), weight, wish);
        return bias is null ? scaled : Add(scaled, bias, wish);
    }

    public string Activate(string x, Activation activation, string wish) => activation switch
    {
        Activation.None => x,
        Activation.Gelu => Mul(Mul(x, Add(Node("Erf", "erf", [Div(x, Scalar(MathF.Sqrt(2)))]), Scalar(1f))), Scalar(0.5f), wish),
        Activation.GeluTanh => GeluTanh(x, wish),
        Activation.Relu => Node("Relu", wish, [x]),
        Activation.Tanh => Node("Tanh", wish, [x]),
        Activation.Silu => Mul(x, Node("Sigmoid", "sigmoid", [x]), wish),
        _ => throw new NotSupportedException(
            $"The activation {activation} has no form in ONNX graphs here. Use a model with another activation, or keep its directory."),
    };

    private string Reduce(string type, string x, long axis, bool keep, string wish) => Graph.OpsetVersion >= AxesAsInputOpset
        ? Node(type, wish, [x, Vector(axis)], ("keepdims", keep ? 1L : 0L))
        : Node(type, wish, [x], ("axes", new[] { axis }), ("keepdims", keep ? 1L : 0L));

    private string GeluTanh(string x, string wish)
    {
        string cubic = Mul(Node("Pow", "cube", [x, Scalar(3f)]), Scalar(0.044715f));
        string inner = Mul(Add(x, cubic), Scalar((float)Math.Sqrt(2 / Math.PI)));
        return Mul(Mul(x, Scalar(0.5f)), Add(Node("Tanh", "tanh", [inner]), Scalar(1f)), wish);
    }

    private string Shared(string key, Func<string> add)
    {
        if (!_constants.TryGetValue(key, out string? name))
            _constants[key] = name = add();
        return name;
    }
}
