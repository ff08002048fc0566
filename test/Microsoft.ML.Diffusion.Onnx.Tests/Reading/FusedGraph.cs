using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>
/// The fixture "bert" in the operators that onnxruntime.transformers.optimizer fuses it to, from the same weights: EmbedLayerNormalization,
/// Attention (or QAttention), SkipLayerNormalization, BiasGelu.
/// </summary>
internal sealed class FusedGraph
{
    private const string Fused = "com.microsoft";

    private readonly ModelProto _source = ModelProto.Parser.ParseFrom(Fixture.Read("bert"));
    private readonly ModelProto _model;

    private FusedGraph()
    {
        _model = new ModelProto { IrVersion = 7, Graph = new GraphProto { Name = "fused" } };
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 14 });
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = Fused, Version = 1 });
        _model.Graph.Input.AddRange(_source.Graph.Input.Where(input => !_source.Graph.Initializer.Any(tensor =>
            tensor.Name == input.Name)));
        _model.Graph.Output.Add(_source.Graph.Output[0]);
    }

    /// <summary>Makes the file.</summary>
    /// <param name="quantizesAttention">Whether attention's weights are 8-bit integers; they are then rounded.</param>
    public static byte[] Make(bool quantizesAttention)
    {
        var graph = new FusedGraph();
        graph.Build(quantizesAttention);
        return graph._model.ToByteArray();
    }

    private void Build(bool quantizesAttention)
    {
        const string embeddings = "bert.embeddings.";
        foreach (string name in new[] { "word_embeddings", "position_embeddings", "token_type_embeddings" })
            Copy(embeddings + name + ".weight");
        Norm(embeddings + "LayerNorm");
        Node("EmbedLayerNormalization", ["input_ids32", "types32", .. new[] { "word_embeddings", "position_embeddings",
            "token_type_embeddings" }
            .Select(name => embeddings + name + ".weight"), embeddings + "LayerNorm.weight", embeddings + "LayerNorm.bias", "mask32"],
            ["h0", "mask_index"], Fused, first: true);
        foreach ((string from, string to) in new[] { ("input_ids", "input_ids32"), ("token_type_ids", "types32"), ("attention_mask",
            "mask32") })
        {
            NodeProto cast = Node("Cast", [from], [to], "", first: true);
            cast.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = 6 });
        }
        for (int i = 0; i < 2; i++)
            Layer(i, quantizesAttention, i == 1 ? _model.Graph.Output[0].Name : $"h{i + 1}");
    }

    private void Layer(int i, bool quantizesAttention, string output)
    {
        string name = $"bert.encoder.layer.{i}.", self = name + "attention.self.", x = $"h{i}";
        float[][] weights = [.. new[] { "query", "key", "value" }.Select(part => Floats(self + part + ".weight"))];
        int width = (int)Math.Sqrt(weights[0].Length);
        // [inputs × 3 outputs], from three of [outputs × inputs].
        var joined = new float[3 * width * width];
        for (int part = 0; part < 3; part++)
        {
            for (int o = 0; o < width; o++)
            {
                for (int j = 0; j < width; j++)
                    joined[j * 3 * width + part * width + o] = weights[part][o * width + j];
            }
        }
        Add($"qkv{i}", [width, 3 * width], joined);
        Add($"qkv_bias{i}", [3 * width], [.. new[] { "query", "key", "value" }.SelectMany(part => Floats(self + part + ".bias"))]);
        NodeProto attention;
        if (quantizesAttention)
        {
            float scale = joined.Max(Math.Abs) / 127;
            var integers = new TensorProto { Name = $"qkv_integers{i}", DataType = (int)TensorProto.Types.DataType.Int8 };
            integers.Dims.AddRange([width, 3 * width]);
            integers.RawData = ByteString.CopyFrom([.. joined.Select(value => (byte)(sbyte)Math.Round(value / scale))]);
            _model.Graph.Initializer.Add(integers);
            Add($"qkv_scale{i}", [], [scale]);
            var zero = new TensorProto { Name = $"qkv_zero{i}", DataType = (int)TensorProto.Types.DataType.Int8,
                RawData = ByteString.CopyFrom(0) };
            _model.Graph.Initializer.Add(zero);
            Node("DynamicQuantizeLinear", [x], [$"x8{i}", $"x_scale{i}", $"x_zero{i}"], "");
            attention = Node("QAttention", [$"x8{i}", $"qkv_integers{i}", $"qkv_bias{i}", $"x_scale{i}", $"qkv_scale{i}", "mask_index",
                $"x_zero{i}", $"qkv_zero{i}"], [$"context{i}"], Fused);
        }
        else
        {
            attention = Node("Attention", [x, $"qkv{i}", $"qkv_bias{i}", "mask_index"], [$"context{i}"], Fused);
        }
        attention.Attribute.Add(new AttributeProto { Name = "num_heads", Type = AttributeProto.Types.AttributeType.Int, I = 2 });
        Skip(name + "attention.output", $"context{i}", x, $"middle{i}");
        MatMul(name + "intermediate.dense", $"middle{i}", $"inner{i}");
        Copy(name + "intermediate.dense.bias");
        Node("BiasGelu", [$"inner{i}", name + "intermediate.dense.bias"], [$"active{i}"], Fused);
        Skip(name + "output", $"active{i}", $"middle{i}", output);
    }

    private void Skip(string name, string x, string residual, string output)
    {
        MatMul(name + ".dense", x, output + "_dense");
        Copy(name + ".dense.bias");
        Norm(name + ".LayerNorm");
        Node("SkipLayerNormalization",
            [output + "_dense", residual, name + ".LayerNorm.weight", name + ".LayerNorm.bias", name + ".dense.bias"], [output], Fused);
    }

    private void MatMul(string name, string x, string output)
    {
        TensorProto weight = _source.Graph.Initializer.Single(tensor => tensor.Name == name + ".weight");
        int outputs = (int)weight.Dims[0], inputs = (int)weight.Dims[1];
        float[] values = Floats(name + ".weight");
        Add(name, [inputs, outputs], [.. Enumerable.Range(0, values.Length).Select(i => values[i % outputs * inputs + i / outputs])]);
        Node("MatMul", [x, name], [output], "");
    }

    private void Norm(string name)
    {
        Copy(name + ".weight");
        Copy(name + ".bias");
    }

    private void Copy(string name) => _model.Graph.Initializer.Add(_source.Graph.Initializer.Single(tensor => tensor.Name == name));

    private float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(
        _source.Graph.Initializer.Single(tensor => tensor.Name == name).RawData.Span).ToArray();

    private void Add(string name, int[] dims, float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(dims.Select(dim => (long)dim));
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        _model.Graph.Initializer.Add(tensor);
    }

    private NodeProto Node(string type, string[] inputs, string[] outputs, string domain, bool first = false)
    {
        var node = new NodeProto { OpType = type, Name = outputs[0] + "_" + type, Domain = domain };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        _model.Graph.Node.Insert(first ? 0 : _model.Graph.Node.Count, node);
        return node;
    }
}
