using Microsoft.ML.Diffusion.OnnxConversion;

namespace Microsoft.ML.Diffusion.Tests.OnnxConversion;

[TestClass]
public sealed class OnnxExportersTests
{
    [TestMethod]
    public void A_program_without_the_package_has_none() => Assert.IsNull(OnnxExporters.Load("Microsoft.ML.Diffusion.Absent"));

    [TestMethod]
    public void An_assembly_of_another_version_is_named() => Assert.Contains(
        "Microsoft.ML.Diffusion.Tests.dll' was built for another version",
        Assert.ThrowsExactly<ArgumentException>(() => OnnxExporters.Load("Microsoft.ML.Diffusion.Tests")).Message);

    [TestMethod]
    public void A_view_without_the_package_names_it()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new TextRow { Sentence1 = "a cat" }, new TextRow { Sentence1 = "a mat" }]);
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Label", "Sentence1").Fit(data).Transform(data);
        using BertTextClassificationTransformer classifier = mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options { Model = TinyModel.Model, Epochs = 1, Seed = 1 })
            .Fit(keyed);
        string message = ((Cursors.IRowBatchSource)classifier).FindOnnxProblem()!;
        Assert.Contains("the package Diffusion.ML.Onnx, which writes the graphs, is not in the program", message);
    }
}
