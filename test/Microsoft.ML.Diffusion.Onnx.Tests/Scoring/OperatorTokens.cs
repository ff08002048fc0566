using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Scoring;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Microsoft.ML.Diffusion.Text;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The token ids that the operators of ONNX Runtime Extensions make, in a graph of nothing else.</summary>
internal sealed class OperatorTokens : IDisposable
{
    private readonly ConvertedFile _file;

    /// <summary>Makes the graph.</summary>
    /// <param name="model">A model with the tokenizer's number of tokens.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="maxLength">The maximum number of tokens.</param>
    /// <param name="pairs">Whether the texts are pairs.</param>
    public OperatorTokens(EncoderWithHead model, Tokenizer tokenizer, int maxLength, bool pairs = false)
    {
        string[] texts = pairs ? ["text", "text_pair"] : ["text"];
        var graph = new ModelGraphBuilder(17, half: false, [.. texts, "ids", "types"]);
        (string ids, _, string types) = TokenizerGraph.Add(graph, model, tokenizer, maxLength, texts);
        graph.Rename(ids, "ids");
        graph.Rename(types, "types");
        graph.Graph.Name = "tokens";
        graph.Graph.Input.AddRange(texts.Select(text => Value(text, TensorProto.Types.DataType.String)));
        graph.Graph.Output.Add(Value("ids", TensorProto.Types.DataType.Int64));
        graph.Graph.Output.Add(Value("types", TensorProto.Types.DataType.Int64));
        var file = new ModelProto { IrVersion = 8, Graph = graph.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        file.OpsetImport.Add(new OperatorSetIdProto { Domain = TokenizerOperator.Domain, Version = 1 });
        using var stream = new MemoryStream();
        ModelFileWriter.WriteMessage(stream, file, graph.Constants, CancellationToken.None);
        _file = new ConvertedFile(stream.ToArray());
    }

    public long[] Encode(string text) => (long[])_file.Run(("text", text))["ids"];

    public (long[] Ids, long[] Types) Encode(string text, string textPair)
    {
        Dictionary<string, object> outputs = _file.Run(("text", text), ("text_pair", textPair));
        return ((long[])outputs["ids"], (long[])outputs["types"]);
    }

    public void Dispose() => _file.Dispose();

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 1 });
        shape.Dim.Add(type == TensorProto.Types.DataType.String
            ? new TensorShapeProto.Types.Dimension { DimValue = 1 } : new TensorShapeProto.Types.Dimension { DimParam = "sequence" });
        return new ValueInfoProto
        {
            Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
