using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Tests.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>A training whose layers are run again comes to the weights of one that keeps everything.</summary>
[TestClass]
public sealed class GradientCheckpointingTests
{
    private static readonly TrainingOptions s_options = new() { Epochs = 1, BatchTokens = 60, LearningRate = 3e-3, Seed = 4 };

    [TestMethod]
    [DataRow("bert", 0, 1)]
    [DataRow("bert", 1, 2)]
    [DataRow("modernbert", 0, 1)]
    [DataRow("modernbert", 2, 2)]
    [DataRow("albert", 0, 1)]
    public void Weights_are_equal_bit_for_bit_with_dropout_frozen_layers_and_accumulation(string family, int frozen, int accumulated)
    {
        TrainingOptions options = s_options with { FrozenLayers = frozen, AccumulationSteps = accumulated };
        Dictionary<string, float[]> expected = Train(options, threads: 1);
        foreach (int threads in TestEngine.Threads)
            TinyModels.AssertSameWeights(expected, Train(options with { GradientCheckpointing = true }, threads));
        CollectionAssert.AreNotEqual(expected["head.dense.weight"],
            Train(options with { GradientCheckpointing = true, Dropout = false }, threads: 1)["head.dense.weight"]);

        Dictionary<string, float[]> Train(TrainingOptions options, int threads)
        {
            using Engine engine = TestEngine.Create(threads);
            using MaskedLanguageModel model = TrainerTests.Model(family, engine);
            Trainer.Run(engine, TrainerTests.Task(model), options);
            return SmallModels.Weights(model);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_snapshot_of_either_kind_goes_on_as_the_other(bool first)
    {
        using var directory = new TemporaryDirectory();
        (string Weights, string Report) expected = Scenario.Run(Scenario.Diffusion, null);
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Scenario.Run(Scenario.Diffusion, directory["snapshots"], progress: row =>
        {
            if (row.Step == 5)
                cancellation.Cancel();
        }, change: options => options with { GradientCheckpointing = first }, cancellationToken: cancellation.Token));
        Assert.AreEqual(expected,
            Scenario.Run(Scenario.Diffusion, directory["snapshots"], change: options => options with { GradientCheckpointing = !first }));
    }
}
