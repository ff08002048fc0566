using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>
/// Rounds weights to 8 bits as onnxruntime.quantization.quantize_dynamic writes them: products of integers with rounded activations, and
/// tables that become numbers after the lookup. The same weights as floats go into a second model, to compare with.
/// </summary>
public sealed class DynamicQuantizer
{
    private readonly ModelProto _quantized;
    private readonly ModelProto _reference;
    private readonly bool _isSigned;
    private readonly bool _perChannel;
    private readonly Dictionary<string, TensorProto> _weights;

    private DynamicQuantizer(byte[] onnx, bool isSigned, bool perChannel)
    {
        (_isSigned, _perChannel) = (isSigned, perChannel);
        _quantized = ModelProto.Parser.ParseFrom(onnx);
        _reference = ModelProto.Parser.ParseFrom(onnx);
        _weights = _quantized.Graph.Initializer.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>How a weight's integers reach the products.</summary>
    public enum Form
    {
        /// <summary>MatMulInteger with activations that are rounded as they come.</summary>
        Dynamic,

        /// <summary>DequantizeLinear of the weight, and a product of floats.</summary>
        WeightsOnly,
    }

    /// <summary>Quantizes a model.</summary>
    /// <returns>The quantized model, and one with the same weights as floats.</returns>
    public static (byte[] Quantized, byte[] Reference) Quantize(byte[] onnx, Form form, bool isSigned = true, bool perChannel = false)
    {
        var quantizer = new DynamicQuantizer(onnx, isSigned, perChannel);
        quantizer.Rewrite(form);
        return (quantizer._quantized.ToByteArray(), quantizer._reference.ToByteArray());
    }

    private void Rewrite(Form form)
    {
        NodeProto[] nodes = [.. _quantized.Graph.Node];
        _quantized.Graph.Node.Clear();
        var rounded = new HashSet<string>();
        var done = new HashSet<string>();
        foreach (NodeProto node in nodes)
        {
            int input = node.OpType == "MatMul" ? 1 : 0;
            bool isWeight = node.OpType is "MatMul" or "Gather" && _weights.TryGetValue(node.Input[input], out TensorProto? weight) &&
                weight.Dims.Count == 2 && weight.DataType == (int)TensorProto.Types.DataType.Float;
            if (!isWeight)
            {
                _quantized.Graph.Node.Add(node);
                continue;
            }
            string name = node.Input[input];
            if (done.Add(name))
                Round(name);
            if (node.OpType == "Gather")
            {
                string output = node.Output[0];
                node.Input[0] = name + "_quantized";
                node.Output[0] = output + "_quantized";
                _quantized.Graph.Node.Add(node);
                Add("DequantizeLinear", [output + "_quantized", name + "_scale", name + "_zero_point"], [output]);
            }
            else if (form == Form.WeightsOnly)
            {
                string floats = node.Output[0] + "_weight";
                NodeProto dequantize = Add("DequantizeLinear", [name + "_quantized", name + "_scale", name + "_zero_point"], [floats]);
                if (_perChannel)
                    dequantize.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
                node.Input[1] = floats;
                _quantized.Graph.Node.Add(node);
            }
            else
            {
                MakeDynamic(node, name, rounded);
            }
        }
        for (int i = _quantized.Graph.Initializer.Count - 1; i >= 0; i--)
        {
            if (done.Contains(_quantized.Graph.Initializer[i].Name) &&
                !_quantized.Graph.Node.Any(node => node.Input.Contains(_quantized.Graph.Initializer[i].Name)))
                _quantized.Graph.Initializer.RemoveAt(i);
        }
    }

    private void MakeDynamic(NodeProto node, string name, HashSet<string> rounded)
    {
        string x = node.Input[0], y = node.Output[0];
        if (rounded.Add(x))
            Add("DynamicQuantizeLinear", [x], [x + "_quantized", x + "_scale", x + "_zero_point"]);
        Add("MatMulInteger", [x + "_quantized", name + "_quantized", x + "_zero_point", name + "_zero_point"], [y + "_output_quantized"]);
        NodeProto cast = Add("Cast", [y + "_output_quantized"], [y + "_output_quantized_cast"]);
        cast.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        Add("Mul", [x + "_scale", name + "_scale"], [y + "_quant_scales_mul"]);
        Add("Mul", [y + "_output_quantized_cast", y + "_quant_scales_mul"], [y]);
    }

    private NodeProto Add(string type, string[] inputs, string[] outputs)
    {
        var node = new NodeProto { OpType = type, Name = outputs[0] + "_" + type };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        _quantized.Graph.Node.Add(node);
        return node;
    }

    private void Round(string name)
    {
        TensorProto weight = _weights[name];
        float[] values = weight.RawData.Length > 0 ? MemoryMarshal.Cast<byte, float>(weight.RawData.Span).ToArray() : [.. weight.FloatData];
        bool isTable = _quantized.Graph.Node.Concat(_reference.Graph.Node).Any(node => node.OpType == "Gather" && node.Input[0] == name);
        int columns = (int)weight.Dims[1], channels = _perChannel && !isTable ? columns : 1;
        var scales = new float[channels];
        var zeros = new byte[channels];
        var integers = new byte[values.Length];
        for (int channel = 0; channel < channels; channel++)
        {
            float[] mine = [.. values.Where((_, i) => channels == 1 || i % columns == channel)];
            float low = Math.Min(mine.Min(), 0), high = Math.Max(mine.Max(), 0);
            (scales[channel], int zero) = _isSigned ? (Math.Max(-low, high) / 127, 0)
                : ((high - low) / 255, (int)Math.Round(-low / ((high - low) / 255)));
            zeros[channel] = (byte)zero;
            for (int i = 0; i < values.Length; i++)
            {
                if (channels > 1 && i % columns != channel)
                    continue;
                double q = Math.Round(values[i] / scales[channel]) + zero;
                integers[i] = _isSigned ? (byte)(sbyte)Math.Clamp(q, -127, 127) : (byte)Math.Clamp(q, 0, 255);
                int stored = _isSigned ? (sbyte)integers[i] : integers[i];
                values[i] = (stored - zero) * scales[channel];
            }
        }
        var type = _isSigned ? TensorProto.Types.DataType.Int8 : TensorProto.Types.DataType.Uint8;
        int[] shape = channels == 1 ? [] : [channels];
        Initializer(name + "_quantized", type, [.. weight.Dims.Select(dim => (int)dim)], integers);
        Initializer(name + "_scale", TensorProto.Types.DataType.Float, shape, MemoryMarshal.AsBytes(scales.AsSpan()).ToArray());
        Initializer(name + "_zero_point", type, shape, zeros);
        TensorProto reference = _reference.Graph.Initializer.Single(tensor => tensor.Name == name);
        reference.FloatData.Clear();
        reference.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private void Initializer(string name, TensorProto.Types.DataType type, int[] shape, byte[] data)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.AddRange(shape.Select(dim => (long)dim));
        _quantized.Graph.Initializer.Add(tensor);
    }
}
