using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>Models as torch.onnx writes them, and as ONNX Runtime's optimizer rewrites them.</summary>
[TestClass]
public sealed class ExportedModelTests
{
    // EXTENDED fuses all that is fused; the levels around it are tried with one model of each kind of graph.
    private static readonly string[] s_everyLevel = ["bert", "bert-half", "distilbert-seq", "roberta-mlm", "modernbert"];

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Names => Fixture.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void An_exported_model_agrees_with_ONNX_Runtime_at_every_level_of_optimization(string name)
    {
        byte[] onnx = Fixture.Read(name);
        (byte[] Onnx, string What)[] files =
        [
            (onnx, "as exported"),
            .. Levels(name).Select(level => (Fixture.Optimize(onnx, level), level.ToString())),
        ];
        foreach ((byte[] file, string what) in files)
        {
            EncoderModel model = EncoderModel.FromOnnx(new MemoryStream(file), Fixture.Tokenizer());
            // What ONNX Runtime computes with the file as it was exported.
            using var pair = new ModelPair(onnx, model);
            Agreement agreement = pair.Compare(1, 7, 1, 12, 16);
            TestContext.WriteLine($"{name}, {what}: difference {agreement.Difference:g3}, cosine {agreement.Cosine:f7}");
            bool isHalf = name.EndsWith("half", StringComparison.Ordinal) || name == "modernbert-seq";
            agreement.AssertEqual(isHalf ? 5e-3 : 1e-4, isHalf ? 0.9999 : 0.99999);
        }
    }

    [TestMethod]
    public void The_optimizer_s_fused_operators_are_among_those_that_are_read()
    {
        HashSet<string> met = [.. new[] { "bert", "bert-mlm", "bert-mean", "distilbert-seq", "albert", "roberta-seq", "modernbert-mlm" }
            .SelectMany(name => ModelProto.Parser.ParseFrom(
                Fixture.Optimize(Fixture.Read(name), GraphOptimizationLevel.ORT_ENABLE_EXTENDED)).Graph.Node)
            .Select(node => node.OpType)];
        TestContext.WriteLine(string.Join(", ", met.Order()));
        string[] fused = ["LayerNormalization", "SimplifiedLayerNormalization", "BiasGelu", "FastGelu", "FusedGemm", "FusedMatMul"];
        Assert.IsEmpty(fused.Except(met));
    }

    private static GraphOptimizationLevel[] Levels(string name) => s_everyLevel.Contains(name)
        ? [GraphOptimizationLevel.ORT_ENABLE_BASIC, GraphOptimizationLevel.ORT_ENABLE_EXTENDED, GraphOptimizationLevel.ORT_ENABLE_ALL]
        : [GraphOptimizationLevel.ORT_ENABLE_EXTENDED];
}
