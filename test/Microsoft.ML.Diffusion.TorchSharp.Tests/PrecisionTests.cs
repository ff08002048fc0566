using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>What lower precisions keep: weights are float32, and a classifier learns as well.</summary>
[TestClass]
[DoNotParallelize] // the registered precision is that of the process
public sealed class PrecisionTests
{
    private const string Name = "head.dense.weight";

    [TestMethod]
    [DataRow(Precision.Float32)]
    [DataRow(Precision.TensorFloat32)]
    [DataRow(Precision.BFloat16)]
    public void A_weight_that_bfloat16_cannot_hold_survives_loading_use_and_saving(Precision precision)
    {
        const float Fine = 1 + 1f / (1 << 20);
        using var directory = new TemporaryDirectory();
        using (MaskedLanguageModel made = SmallModels.Create("bert", CpuEngine.Shared))
        {
            CpuEngine.Shared.Write(made.Parameters[Name], 0, [Fine]);
            EncoderCheckpoint.Save(made, directory["made"]);
        }
        using (Engine engine = TestEngine.Create(precision))
        using (MaskedLanguageModel model = EncoderCheckpoint.Load(ModelFiles.FromDirectory(directory["made"]), engine))
        {
            model.PrepareForInference();
            Assert.IsTrue(Array.TrueForAll(SmallModels.Logits(model, [1, 2, 3]), float.IsFinite));
            EncoderCheckpoint.Save(model, directory["saved"]);
        }
        using MaskedLanguageModel loaded = EncoderCheckpoint.Load(ModelFiles.FromDirectory(directory["saved"]), CpuEngine.Shared);
        float[] value = new float[1];
        CpuEngine.Shared.Read(loaded.Parameters[Name], 0, value);
        Assert.AreEqual(Fine, value[0]);
    }

    /// <summary>Of 120 rows that were not trained on, at most 3 in 100 more are wrong in bfloat16.</summary>
    [TestMethod]
    public void A_classifier_trained_in_bfloat16_is_as_accurate()
    {
        double single = Accuracy(Contexts.Create(seed: 1)), half = Accuracy(Contexts.Create(seed: 1, Precision.BFloat16));
        Assert.IsGreaterThan(.9, single);
        Assert.IsGreaterThanOrEqualTo(single - .03, half);

        static double Accuracy(MLContext mlContext)
        {
            IDataView rows = mlContext.Data.LoadFromEnumerable(TextRow.Make(240));
            IDataView training = mlContext.Data.TakeRows(rows, 120), rest = mlContext.Data.SkipRows(rows, 120);
            EstimatorChain<BertTextClassificationTransformer> pipeline = mlContext.Transforms.Conversion
                .MapValueToKey("Label", nameof(TextRow.Category))
                .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(
                    options: new BertTextClassificationEstimator.Options
                    {
                        Model = TinyModel.Model, Epochs = 4, BatchSize = 8, LearningRate = 1e-3, Seed = 1,
                    }));
            using TransformerChain<BertTextClassificationTransformer> model = pipeline.Fit(training);
            return mlContext.MulticlassClassification.Evaluate(model.Transform(rest)).MicroAccuracy;
        }
    }
}
