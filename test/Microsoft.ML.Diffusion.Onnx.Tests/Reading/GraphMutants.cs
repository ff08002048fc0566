using Google.Protobuf;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>Damages the graph of an ONNX file, which stays valid protobuf.</summary>
internal static class GraphMutants
{
    private static readonly string[] s_operators =
    [
        "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Erf", "Tanh", "Softmax", "MatMul", "Gemm", "Transpose", "Reshape", "Gather", "Slice",
            "Split",
        "Concat", "Unsqueeze", "Squeeze", "Expand", "Tile", "Range", "ConstantOfShape", "Where", "Equal", "Cast", "Shape", "CumSum",
            "Trilu",
        "ScatterND", "GatherND", "GatherElements", "NonZero", "ReduceMean", "ReduceSum", "ReduceL2", "LayerNormalization", "Clip", "Max",
            "Neg",
        "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "If", "Loop", "Flatten", "Size", "Identity", "ArgMax",
            "LpNormalization",
        "Attention", "MultiHeadAttention", "SkipLayerNormalization", "EmbedLayerNormalization", "BiasGelu", "FusedMatMul",
            "RotaryEmbedding",
        "QAttention", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "Mod", "And", "Not", "IsNaN", "Sin", "NoSuchOperator",
    ];

    private static readonly long[] s_numbers =
        [0, 1, 2, 3, -1, -2, 7, 14, 100, 1 << 20, 1L << 31, 1L << 33, 1L << 62, long.MaxValue, long.MinValue, -1L << 31];

    /// <summary>A damaged file.</summary>
    public static byte[] Damage(byte[] model, Random random)
    {
        ModelProto file = ModelProto.Parser.ParseFrom(model);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
            Change(file, random);
        return file.ToByteArray();
    }

    private static void Change(ModelProto file, Random random)
    {
        GraphProto graph = file.Graph;
        if (graph.Node.Count == 0)
            return;
        NodeProto node = graph.Node[random.Next(graph.Node.Count)], other = graph.Node[random.Next(graph.Node.Count)];
        TensorProto? tensor = graph.Initializer.Count == 0 ? null : graph.Initializer[random.Next(graph.Initializer.Count)];
        AttributeProto? constant = graph.Node.Where(each => each.OpType == "Constant").SelectMany(each => each.Attribute)
            .OrderBy(_ => random.Next()).FirstOrDefault();
        switch (random.Next(17))
        {
            case 0:
                node.OpType = s_operators[random.Next(s_operators.Length)];
                break;
            case 1 when node.Input.Count > 0 && other.Output.Count > 0:
                node.Input[random.Next(node.Input.Count)] = other.Output[0];
                break;
            case 2 when node.Input.Count > 0 && other.Input.Count > 0:
                node.Input[random.Next(node.Input.Count)] = other.Input[random.Next(other.Input.Count)];
                break;
            case 3:
                graph.Node.Remove(node);
                break;
            case 4 when node.Input.Count > 0:
                node.Input.RemoveAt(random.Next(node.Input.Count));
                break;
            case 5 when node.Input.Count > 0 && tensor is not null:
                node.Input[random.Next(node.Input.Count)] = tensor.Name;
                break;
            case 6 when tensor is { Dims.Count: > 0 }:
                tensor.Dims[random.Next(tensor.Dims.Count)] = s_numbers[random.Next(s_numbers.Length)];
                break;
            case 7 when tensor is { Dims.Count: > 1 }:
                (tensor.Dims[0], tensor.Dims[1]) = (tensor.Dims[1], tensor.Dims[0]);
                break;
            case 8 when tensor is not null:
                tensor.DataType = random.Next(20);
                break;
            case 9 when constant?.T is TensorProto value:
                byte[] data = value.RawData.ToByteArray();
                if (data.Length >= 8)
                    BitConverter.TryWriteBytes(data.AsSpan(random.Next(data.Length / 8) * 8, 8), s_numbers[random.Next(s_numbers.Length)]);
                value.RawData = ByteString.CopyFrom(data);
                break;
            case 10 when constant?.T is TensorProto scalar:
                scalar.Dims.Add(s_numbers[random.Next(4)]);
                break;
            case 11 or 12 when node.Attribute.Count > 0:
                AttributeProto attribute = node.Attribute[random.Next(node.Attribute.Count)];
                attribute.I = s_numbers[random.Next(s_numbers.Length)];
                if (attribute.Ints.Count > 0)
                    attribute.Ints[random.Next(attribute.Ints.Count)] = s_numbers[random.Next(s_numbers.Length)];
                break;
            case 13:
                node.Domain = random.Next(2) == 0 ? "com.microsoft" : "nobody";
                break;
            case 14 when node.Output.Count > 0 && other.Output.Count > 0:
                node.Output[0] = other.Output[0];
                break;
            case 15:
                file.OpsetImport[0].Version = random.Next(1, 40);
                break;
            default:
                string[] names = ["axis", "axes", "perm", "epsilon", "num_heads", "keepdims", "to", "alpha", "transA", "scale"];
                node.Attribute.Add(new AttributeProto
                {
                    Name = names[random.Next(names.Length)],
                    I = s_numbers[random.Next(s_numbers.Length)],
                    F = random.NextSingle() * 100 - 50,
                });
                break;
        }
    }
}
