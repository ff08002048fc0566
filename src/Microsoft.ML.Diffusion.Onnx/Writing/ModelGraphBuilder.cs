using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// The graph of a file. Constants of more than a few values are streamed when the file is written.
/// </summary>
/// <param name="opset">The version of ONNX's own operators.</param>
/// <param name="half">Whether constants of floats are stored in 16 bits.</param>
/// <param name="reserved">Names of the graph's inputs and outputs, which no value inside takes.</param>
internal sealed class ModelGraphBuilder(int opset, bool half, params IEnumerable<string> reserved) : OnnxGraphBuilder, IStreamedConstants
{
    private const int PieceLength = 1 << 16;
    private const float GreatestHalf = 65504;

    private readonly HashSet<string> _names = new(reserved, StringComparer.Ordinal) { "" };
    private readonly List<StreamedTensor> _constants = [];

    public override int OpsetVersion => opset;

    /// <summary>The nodes, inputs and outputs; its constants are <see cref="Constants"/>.</summary>
    public GraphProto Graph { get; } = new();

    public IReadOnlyList<StreamedTensor> Constants => _constants;

    public override string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values)
    {
        float[] copy = values.ToArray();
        return AddConstant(name, dimensions, () => copy);
    }

    public override string AddConstant(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<long> values)
    {
        byte[] copy = MemoryMarshal.AsBytes(values).ToArray();
        return Add(name, dimensions, TensorProto.Types.DataType.Int64, sizeof(long), (_, stream, _) => stream.Write(copy));
    }

    public string AddConstant(string name, ReadOnlySpan<long> dimensions, Func<float[]> read) => half
        ? Add(name, dimensions, TensorProto.Types.DataType.Float16, 2, (own, stream, token) => WriteHalves(own, read(), stream, token))
        : Add(name, dimensions, TensorProto.Types.DataType.Float, sizeof(float),
            (_, stream, token) => WritePieces(MemoryMarshal.AsBytes(read().AsSpan()), stream, token));

    public string AddConstant(string name, ReadOnlySpan<long> dimensions, bool isSigned, Func<byte[]> read) =>
        Add(name, dimensions, isSigned ? TensorProto.Types.DataType.Int8 : TensorProto.Types.DataType.Uint8, 1,
            (_, stream, token) => WritePieces(read(), stream, token));

    public override string[] AddNode(
        string type, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, string domain = "",
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] names = [.. outputs.ToArray().Select(NewName)];
        var node = new NodeProto { OpType = type, Domain = domain, Name = $"{type}_{Graph.Node.Count}" };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(names);
        foreach ((string name, object value) in attributes)
            node.Attribute.Add(Attribute(name, value));
        Graph.Node.Add(node);
        return names;
    }

    /// <summary>Gives a node's result the name of one of the graph's outputs, everywhere.</summary>
    public void Rename(string name, string output)
    {
        foreach (NodeProto node in Graph.Node)
        {
            Replace(node.Input);
            Replace(node.Output);
        }

        void Replace(Google.Protobuf.Collections.RepeatedField<string> names)
        {
            for (int i = 0; i < names.Count; i++)
                names[i] = names[i] == name ? output : names[i];
        }
    }

    private string Add(string wish, ReadOnlySpan<long> dimensions, TensorProto.Types.DataType type, int size,
        Action<string, Stream, CancellationToken> write)
    {
        string name = NewName(wish);
        var header = new TensorProto { Name = name, DataType = (int)type };
        long length = size;
        foreach (long dimension in dimensions)
        {
            header.Dims.Add(dimension);
            length = checked(length * dimension);
        }
        _constants.Add(new StreamedTensor(header, length, (stream, token) => write(name, stream, token)));
        return name;
    }

    private string NewName(string wish)
    {
        string name = wish;
        for (int i = 1; !_names.Add(name); i++)
            name = $"{wish}_{i}";
        return name;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long number:
                (attribute.Type, attribute.I) = (AttributeProto.Types.AttributeType.Int, number);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeProto.Types.AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case long[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(numbers);
                break;
            case float[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Floats;
                attribute.Floats.AddRange(numbers);
                break;
            case string[] texts:
                attribute.Type = AttributeProto.Types.AttributeType.Strings;
                attribute.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                break;
            default:
                throw new ArgumentException(
                    $"The attribute '{name}' is a {value.GetType()}; expected a long, a float, a string, or an array of one of them.",
                    nameof(value));
        }
        return attribute;
    }

    private static void WriteHalves(string name, ReadOnlySpan<float> values, Stream stream, CancellationToken cancellationToken)
    {
        var halves = new Half[Math.Min(PieceLength, values.Length)];
        for (int start = 0; start < values.Length; start += halves.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<float> piece = values.Slice(start, Math.Min(halves.Length, values.Length - start));
            for (int i = 0; i < piece.Length; i++)
            {
                if (!(MathF.Abs(piece[i]) <= GreatestHalf))
                    throw new NotSupportedException(
                        $"'{name}' has the value {piece[i]}; 16-bit floats reach to {GreatestHalf}. Save the model as Float32.");
                halves[i] = (Half)piece[i];
            }
            stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, piece.Length)));
        }
    }

    private static void WritePieces(ReadOnlySpan<byte> bytes, Stream stream, CancellationToken cancellationToken)
    {
        for (int start = 0; start < bytes.Length; start += 4 * PieceLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Write(bytes.Slice(start, Math.Min(4 * PieceLength, bytes.Length - start)));
        }
    }
}
