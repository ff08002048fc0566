using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.Diffusion.Checkpoints;
using Onnx;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Writes a model's file, and the one beside it with large weights, so that they appear whole or not at all. The constants go from the
/// model's engine to the disk one at a time; a protobuf message with all of them is never in memory.
/// </summary>
internal static class ModelFileWriter
{
    /// <summary>The most bytes of a protobuf message that its readers take, with room for the lengths between its parts.</summary>
    private const long MostMessageBytes = int.MaxValue - (1 << 20);

    /// <summary>Constants below this many bytes stay in the file, since shapes are inferred from them.</summary>
    private const long LeastExternalBytes = 1024;

    /// <summary>Where weights begin in the file beside: ONNX Runtime can map them into memory there.</summary>
    private const long Alignment = 4096;

    /// <summary>Writes <paramref name="path"/> and, if the weights take more than a threshold, the file beside it.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="model">The model, whose graph has no initializers.</param>
    /// <param name="constants">The graph's initializers.</param>
    /// <param name="threshold">The most bytes of weights inside the file.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="CheckpointException">A file cannot be written.</exception>
    public static void Write(string path, ModelProto model, IReadOnlyList<StreamedTensor> constants, long threshold,
        CancellationToken cancellationToken)
    {
        if (FitsInside(model, constants, threshold))
        {
            AtomicFile.Write(path, stream => WriteMessage(stream, model, constants, cancellationToken), cancellationToken);
            return;
        }
        string beside = DataPath(path);
        (StreamedTensor[] inside, (StreamedTensor Tensor, long Offset)[] outside) = MoveBeside(constants, Path.GetFileName(beside));
        // The weights are in place before the model that names them is.
        AtomicFile.Write(path, stream =>
        {
            WriteMessage(stream, model, inside, cancellationToken);
            AtomicFile.Write(beside, data => WriteData(data, outside, cancellationToken), cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Whether all weights go into the model's own file.</summary>
    internal static bool FitsInside(ModelProto model, IReadOnlyList<StreamedTensor> constants, long threshold) =>
        constants.Sum(constant => constant.Length) <= threshold && MessageLength(model, constants) <= MostMessageBytes;

    /// <summary>The file of a model's large weights.</summary>
    public static string DataPath(string path) => path + "_data";

    /// <summary>Writes a model with its constants inside.</summary>
    public static void WriteMessage(Stream stream, ModelProto model, IReadOnlyList<StreamedTensor> constants,
        CancellationToken cancellationToken)
    {
        ModelProto frame = WithoutGraph(model);
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        frame.WriteTo(output);
        WriteStart(output, ModelProto.GraphFieldNumber, GraphLength(model.Graph, constants));
        model.Graph.WriteTo(output);
        foreach (StreamedTensor constant in constants)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteStart(output, GraphProto.InitializerFieldNumber, TensorLength(constant));
            constant.Header.WriteTo(output);
            if (IsOutside(constant.Header))
                continue;
            WriteStart(output, TensorProto.RawDataFieldNumber, constant.Length);
            output.Flush();
            constant.Write(stream, cancellationToken);
        }
    }

    private static void WriteData(Stream stream, (StreamedTensor Tensor, long Offset)[] tensors, CancellationToken cancellationToken)
    {
        long position = 0;
        byte[] padding = new byte[Alignment];
        foreach ((StreamedTensor tensor, long offset) in tensors)
        {
            stream.Write(padding.AsSpan(0, (int)(offset - position)));
            tensor.Write(stream, cancellationToken);
            position = offset + tensor.Length;
        }
    }

    /// <summary>The headers of large constants then say where in the file beside their values are.</summary>
    private static (StreamedTensor[] Inside, (StreamedTensor Tensor, long Offset)[] Outside) MoveBeside(
        IReadOnlyList<StreamedTensor> constants, string location)
    {
        var outside = new List<(StreamedTensor, long)>();
        long end = 0;
        StreamedTensor[] inside = [.. constants.Select(constant =>
        {
            if (constant.Length < LeastExternalBytes)
                return constant;
            long offset = (end + Alignment - 1) / Alignment * Alignment;
            end = offset + constant.Length;
            outside.Add((constant, offset));
            TensorProto header = constant.Header.Clone();
            header.DataLocation = TensorProto.Types.DataLocation.External;
            header.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            header.ExternalData.Add(Number("offset", offset));
            header.ExternalData.Add(Number("length", constant.Length));
            return constant with { Header = header };
        })];
        return (inside, [.. outside]);

        static StringStringEntryProto Number(string key, long value) =>
            new() { Key = key, Value = value.ToString(CultureInfo.InvariantCulture) };
    }

    private static long MessageLength(ModelProto model, IReadOnlyList<StreamedTensor> constants) =>
        WithoutGraph(model).CalculateSize() + Framed(ModelProto.GraphFieldNumber, GraphLength(model.Graph, constants));

    private static long GraphLength(GraphProto graph, IReadOnlyList<StreamedTensor> constants) =>
        graph.CalculateSize() + constants.Sum(constant => Framed(GraphProto.InitializerFieldNumber, TensorLength(constant)));

    private static long TensorLength(StreamedTensor constant) =>
        constant.Header.CalculateSize() + (IsOutside(constant.Header) ? 0 : Framed(TensorProto.RawDataFieldNumber, constant.Length));

    private static bool IsOutside(TensorProto header) => header.DataLocation == TensorProto.Types.DataLocation.External;

    /// <summary>The bytes of a part with its tag and length.</summary>
    private static long Framed(int field, long length) =>
        CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeUInt64Size((ulong)length) + length;

    private static void WriteStart(CodedOutputStream output, int field, long length)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteUInt64((ulong)length);
    }

    private static ModelProto WithoutGraph(ModelProto model)
    {
        var frame = new ModelProto
        {
            IrVersion = model.IrVersion, ProducerName = model.ProducerName, ProducerVersion = model.ProducerVersion,
            DocString = model.DocString,
        };
        frame.OpsetImport.AddRange(model.OpsetImport);
        frame.MetadataProps.AddRange(model.MetadataProps);
        return frame;
    }
}
