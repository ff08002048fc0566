using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>Models in the graphs of others, which are of older opsets.</summary>
[TestClass]
public sealed class TracedModelTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("traced-onnx").FullName;

    [TestCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    [DataRow(11)]
    [DataRow(13)]
    [DataRow(17)]
    [DataRow(18)]
    public void Each_opset_computes_the_same(int opset)
    {
        var exporter = new OnnxExporter();
        foreach ((EncoderFamily family, int index) in RandomModels.Families.Select((family, index) => (family, index)))
        {
            var random = new Random(index);
            EncoderConfiguration configuration = RandomModels.Configuration(family, random);
            configuration = configuration with { Head = configuration.Head with { Pooling = TextPooling.Mean } };
            using EncoderWithHead model = RandomModels.Create(family, configuration, RandomModels.Heads[1], index);
            var builder = new ModelGraphBuilder(opset, half: false, "input_ids", "attention_mask", "logits");
            string logits = exporter.AddModel(builder, model, "input_ids", "attention_mask", tokenTypeIds: null);
            builder.Rename(logits, "logits");
            var file = new ModelProto { IrVersion = 6, Graph = builder.Graph };
            file.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
            file.Graph.Name = "graph";
            foreach (string input in (string[])["input_ids", "attention_mask"])
                file.Graph.Input.Add(Value(input, TensorProto.Types.DataType.Int64, -1, -1));
            file.Graph.Output.Add(Value("logits", TensorProto.Types.DataType.Float, -1, 3));
            string path = Path.Combine(_directory, "model.onnx");
            using (FileStream stream = File.Create(path))
                ModelFileWriter.WriteMessage(stream, file, builder.Constants, CancellationToken.None);

            int[][] sequences = RandomModels.Sequences(configuration, random, 3, 8, 1);
            using var comparison = new OnnxComparison(path);
            double difference = OnnxComparison.Difference(
                OnnxComparison.Compute(model, sequences, null, model.Forward), comparison.Run("logits", sequences));
            Assert.IsLessThan(2e-5, difference, family.ModelType);
        }
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params int[] dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (int dimension in dimensions)
            shape.Dim.Add(dimension < 0 ? new TensorShapeProto.Types.Dimension { DimParam = $"d{shape.Dim.Count}" }
                : new TensorShapeProto.Types.Dimension { DimValue = dimension });
        return new ValueInfoProto
        {
            Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
