using System.Globalization;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>
/// Runs a graph on a small made-up input. What does not depend on weights (shapes, masks, positions) is computed; the rest becomes terms.
/// A node that is not understood gives <see cref="Unknown"/>, which is an error only where an output needs it.
/// </summary>
internal sealed partial class Evaluator
{
    private readonly OnnxFile _file;
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxNode> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value[]> _dequantized = new(StringComparer.Ordinal);
    private OnnxNode _node = new();
    private long _budget;

    /// <summary>Prepares a graph.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="inputs">The values of its inputs.</param>
    /// <param name="budget">The numbers that may be made, besides some for each byte of the file.</param>
    public Evaluator(OnnxFile file, IReadOnlyDictionary<string, Value> inputs, long budget = 1 << 21)
    {
        _file = file;
        _budget = budget + file.Length / 8;
        foreach ((string name, Value value) in inputs)
            _values[name] = value;
        foreach (OnnxNode node in file.Nodes)
        {
            foreach (string output in node.Outputs)
            {
                if (output.Length > 0 && !_makers.TryAdd(output, node))
                    throw new CheckpointException(
                        $"'{file.Name}': {node.Describe()} makes '{OnnxText.Shorten(output)}', which {_makers[output].Describe()} " +
                            "makes too; " +
                        "expected one node for each value. The file is damaged: download or export it again.");
            }
        }
    }

    /// <summary>The value of a name.</summary>
    /// <exception cref="CheckpointException">The graph has a cycle, or nothing makes a value that is needed.</exception>
    public Value Evaluate(string name)
    {
        foreach (OnnxNode node in InOrder(name))
            Run(node);
        return Find(name, null);
    }

    private OnnxFile File => _file;

    /// <summary>The nodes that a value needs, each after those that it needs.</summary>
    private List<OnnxNode> InOrder(string name)
    {
        var order = new List<OnnxNode>();
        var entered = new HashSet<OnnxNode>();
        var done = new HashSet<OnnxNode>();
        var stack = new Stack<(OnnxNode Node, int Input)>();
        Enter(name);
        while (stack.TryPop(out (OnnxNode Node, int Input) top))
        {
            if (top.Input < top.Node.Inputs.Count)
            {
                stack.Push((top.Node, top.Input + 1));
                Enter(top.Node.Inputs[top.Input]);
                continue;
            }
            if (done.Add(top.Node))
                order.Add(top.Node);
        }
        return order;

        void Enter(string value)
        {
            if (_values.ContainsKey(value) || _file.Tensors.ContainsKey(value) || !_makers.TryGetValue(value, out OnnxNode? node) ||
                done.Contains(node))
            {
                return;
            }
            if (!entered.Add(node))
                throw new CheckpointException(
                    $"'{_file.Name}': the graph has a cycle: {node.Describe()} needs its own result; expected nodes that need earlier " +
                        "ones " +
                    "only. The file is damaged: download or export it again.");
            stack.Push((node, 0));
        }
    }

    private Value Find(string name, OnnxNode? by)
    {
        if (_values.TryGetValue(name, out Value? value))
            return value;
        if (_file.Tensors.TryGetValue(name, out OnnxTensor? tensor))
            return _values[name] = FromTensor(tensor);
        throw new CheckpointException(
            $"'{_file.Name}': {(by is null ? "the output" : by.Describe() + " needs")} '{OnnxText.Shorten(name)}', which no node, " +
                "input or " +
            "tensor of the graph provides; expected a complete graph. The file is damaged: download or export it again.");
    }

    private Value FromTensor(OnnxTensor tensor)
    {
        if (tensor.Type == OnnxDataType.Undefined)
            return new Unknown(null, $"tensor '{OnnxText.Shorten(tensor.Name)}' has elements of a type that is not read");
        if (tensor.Count <= 1 || !(OnnxDataTypes.IsFloat(tensor.Type) || tensor.Type is OnnxDataType.Int8 or OnnxDataType.UInt8))
        {
            if (tensor.Count > Value.MostElements)
                return new Unknown(null, $"tensor '{OnnxText.Shorten(tensor.Name)}' has {tensor.Count:N0} integers");
            Charge(tensor.Count);
            return new Weight(tensor).ToKnown();
        }
        return new Weight(tensor);
    }

    private void Run(OnnxNode node)
    {
        _node = node;
        Value[] results;
        try
        {
            Value?[] inputs = [.. node.Inputs.Select(input => input.Length == 0 ? null : Find(input, node))];
            if (inputs.FirstOrDefault(input => input is Unknown) is Unknown unknown)
            {
                results = [.. node.Outputs.Select(_ => unknown.Node is null ? new Unknown(node, unknown.Reason) : unknown)];
            }
            else
            {
                results = ApplyOnce(node, inputs);
                foreach (Value result in results)
                {
                    if (result is Term term)
                        Name(term.Of, node);
                    Charge(result is Weight ? 0 : result is Term { Index: null, Scales: null } ? 16 : result.Count);
                }
            }
        }
        catch (NotUnderstoodException exception)
        {
            results = [.. node.Outputs.Select(_ => new Unknown(node, exception.Message))];
        }
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i].Length > 0)
            {
                _values[node.Outputs[i]] =
                    i < results.Length ? results[i] : new Unknown(node, $"its output {i} is not known to this reader");
            }
        }
    }

    /// <summary>Names the node of a computation, and of what it is made of by the same node.</summary>
    private static void Name(Computation computation, OnnxNode node)
    {
        if (computation.Node is not null)
            return;
        computation.Node = node;
        foreach (Term input in computation.Inputs)
            Name(input.Of, node);
    }

    /// <summary>Counts elements that are made.</summary>
    private void Charge(long elements)
    {
        _budget -= elements;
        if (_budget < 0)
            throw new CheckpointException(
                $"'{_file.Name}': {_node.Describe()} and the nodes before it make far more numbers than a model of {_file.Length:N0} " +
                    "bytes " +
                "needs for a short input; expected an encoder. The file is damaged, or is another kind of model.");
    }

    /// <summary>
    /// ONNX Runtime repeats a node that makes numbers of integers for each of its users; here they are one, so that a sum and its mean are
    /// seen to be of the same numbers.
    /// </summary>
    private Value[] ApplyOnce(OnnxNode node, Value?[] inputs)
    {
        if (node.Type != "DequantizeLinear")
            return Apply(node, inputs);
        string key = string.Join('\n', [node.Int("axis", 1).ToString(CultureInfo.InvariantCulture), .. node.Inputs]);
        return _dequantized.TryGetValue(key, out Value[]? known) ? known : _dequantized[key] = Apply(node, inputs);
    }

    private Value[] Apply(OnnxNode node, Value?[] inputs)
    {
        var arguments = new Arguments(node, inputs);
        return node.Domain switch
        {
            "" => ApplyStandard(arguments),
            "com.microsoft" => ApplyFused(arguments),
            _ => throw new NotUnderstoodException($"the domain '{OnnxText.Shorten(node.Domain)}' is not known"),
        };
    }

    private Value[] ApplyStandard(Arguments a) => a.Node.Type switch
    {
        "Identity" or "Dropout" => [a[0]],
        "Constant" => [ConstantOf(a.Node)],
        "Cast" => [Cast(a)],
        "CastLike" => [a[0]],
        "Shape" => [Known.Vector([.. ShapeOf(a)])],
        "Size" => [new Known([], [a[0].Count])],
        "Reshape" => [Reshape(a[0], a.Known(1).Integers, a.Node.Int("allowzero", 0) != 0)],
        "Flatten" => [Flatten(a)],
        "Transpose" => [Transpose(a[0], a.Node.Ints("perm"))],
        "Squeeze" => [Squeeze(a)],
        "Unsqueeze" => [Unsqueeze(a)],
        "Slice" => [Slice(a)],
        "Split" => Split(a),
        "Concat" => [Concat(a)],
        "Gather" => [Gather(a)],
        "Expand" => [Expand(a)],
        "Tile" => [Tile(a)],
        "Range" => [Range(a)],
        "ConstantOfShape" => [ConstantOfShape(a)],
        "CumSum" => [CumSum(a)],
        "Trilu" => [Trilu(a)],
        "ScatterND" => [ScatterND(a)],
        "GatherND" => [GatherND(a)],
        "GatherElements" => [GatherElements(a)],
        "NonZero" => [NonZero(a)],
        "Add" or "Sum" => [a.Inputs.Skip(1).Aggregate(a[0], (sum, next) => Add(sum, next!, a))],
        "Sub" => [Subtract(a[0], a[1], a)],
        "Mul" => [Multiply(a[0], a[1])],
        "Div" => [Divide(a[0], a[1], a)],
        "Pow" => [Power(a[0], a[1])],
        "Where" => [Where(a)],
        "Min" or "Max" => [a.Inputs.Skip(1).Aggregate(a[0], (x, next) => MinMax(x, next!, a.Node.Type == "Max"))],
        "Clip" => [Clip(a)],
        "Neg" => [a[0] is Term term ? term.Times(-1) : Numbers.Map(a.Known(0), x => -x)],
        "MatMul" => [MatMul(a[0], a[1])],
        "Gemm" => [Gemm(a)],
        "Softmax" => [SoftmaxOf(a)],
        "ReduceMean" => [Reduce(a, "Mean")],
        "ReduceSum" => [Reduce(a, "Sum")],
        "ReduceL2" => [Reduce(a, "L2")],
        "ReduceMax" => [Reduce(a, "Max")],
        "ReduceMin" => [Reduce(a, "Min")],
        "ReduceProd" => [Reduce(a, "Prod")],
        "LpNormalization" => [LpNormalization(a)],
        "LayerNormalization" => LayerNormalization(a),
        "SimplifiedLayerNormalization" => [RootMeanSquare(a)],
        "ArgMax" => [ArgMax(a)],
        "Gelu" => [Apply(a.Node.Text("approximate", "none") == "tanh" ? "GeluTanh" : "Gelu", a[0])],
        "DequantizeLinear" => [DequantizeLinear(a)],
        "QuantizeLinear" => throw new NotUnderstoodException(
            "it rounds activations with a fixed scale (static quantization), which no model here computes; only weights may be quantized"),
        "DynamicQuantizeLinear" => DynamicQuantizeLinear(a),
        "MatMulInteger" => [MatMulInteger(a)],
        "RotaryEmbedding" => [Rotary(a, standard: true)],
        "Attention" or "Loop" or "If" or "Scan" => throw new NotUnderstoodException("this operator is not supported"),
        _ => [Elementwise(a)],
    };

    private static Value ConstantOf(OnnxNode node)
    {
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            switch (attribute.Name)
            {
                case "value" when attribute.Tensor is OnnxTensor tensor:
                    if (tensor.Type == OnnxDataType.Undefined)
                        throw new NotUnderstoodException("its elements are of a type that is not read");
                    return tensor.Count > 1 && OnnxDataTypes.IsFloat(tensor.Type) ? new Weight(tensor) : new Weight(tensor).ToKnown();
                case "value_float":
                    return Known.Scalar(attribute.Number);
                case "value_int":
                    return new Known([], [attribute.Integer]);
                case "value_floats":
                    return new Known([attribute.Numbers?.Count ?? 0], [.. (attribute.Numbers ?? []).Select(x => (double)x)]);
                case "value_ints":
                    return Known.Vector([.. attribute.Integers ?? []]);
            }
        }
        throw new NotUnderstoodException("its value is of a kind that is not read");
    }
}
