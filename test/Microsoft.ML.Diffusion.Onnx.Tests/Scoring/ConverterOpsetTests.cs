using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Microsoft.ML.Diffusion.Tests.Writing;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Models of every family in the version of the operators that ML.NET's converter writes.</summary>
[TestClass]
public sealed class ConverterOpsetTests
{
    private const int ConverterOpset = 12;

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    public void A_model_equals_ours(int family)
    {
        var random = new Random(family);
        EncoderConfiguration configuration = RandomModels.Configuration(RandomModels.Families[family], random);
        using EncoderWithHead model = RandomModels.Create(RandomModels.Families[family], configuration, RandomModels.Heads[1], seed: family);
        bool hasTypes = configuration.Embeddings.TokenTypes > 1;
        string[] inputs = hasTypes ? ["input_ids", "attention_mask", "token_type_ids"] : ["input_ids", "attention_mask"];
        var graph = new ModelGraphBuilder(ConverterOpset, half: false, [.. inputs, "logits"]);
        graph.Rename(new OnnxExporter().AddModel(graph, model, inputs[0], inputs[1], hasTypes ? inputs[2] : null), "logits");
        graph.Graph.Name = "model";
        graph.Graph.Input.AddRange(inputs.Select(input => Value(input, TensorProto.Types.DataType.Int64)));
        graph.Graph.Output.Add(Value("logits", TensorProto.Types.DataType.Float));
        var file = new ModelProto { IrVersion = 7, Graph = graph.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = ConverterOpset });
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(path))
                ModelFileWriter.WriteMessage(stream, file, graph.Constants, CancellationToken.None);
            int[][] sequences = RandomModels.Sequences(configuration, random, 1, 5, configuration.MaxLength);
            int[][]? types = hasTypes ? Array.ConvertAll(sequences, row => Array.ConvertAll(row, _ => random.Next(2))) : null;
            using var runtime = new OnnxComparison(path);
            float[] expected = OnnxComparison.Compute(model, sequences, types, model.Forward);
            Assert.IsLessThan(2e-5, OnnxComparison.Difference(expected, runtime.Run("logits", sequences, types, configuration.PadToken)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = $"{name}_columns" });
        return new ValueInfoProto
        {
            Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
