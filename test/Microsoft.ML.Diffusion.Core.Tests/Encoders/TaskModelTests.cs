using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Encoders with a task's head, written and read back; heads that a checkpoint has not, or has
/// for other labels, or damaged.</summary>
[TestClass]
public sealed class TaskModelTests
{
    private static readonly Engine s_engine = CpuEngine.Create(1);

    public static IEnumerable<object[]> FamiliesAndKinds =>
        from family in SmallModels.FamilyNames from kind in Enum.GetValues<TaskKind>() select new object[] { family, kind };

    [TestMethod]
    [DynamicData(nameof(FamiliesAndKinds))]
    public void A_model_comes_back_as_it_was_saved(string family, TaskKind kind)
    {
        using TaskModel model = Fresh(family, Configuration(kind), pooling: TextPooling.Mean);
        Assert.AreEqual(family == "modernbert" ? "head.output.weight,head.output.bias" : kind == TaskKind.SequenceClassification
            ? "head.dense.weight,head.dense.bias,head.output.weight,head.output.bias" : "head.output.weight,head.output.bias",
            string.Join(',', model.FreshParameters));
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        using TaskModel loaded = EncoderCheckpoint.LoadTask(TinyModels.Files(files), kind, s_engine);
        Assert.IsEmpty(loaded.FreshParameters);
        Assert.AreEqual(TextPooling.Mean, loaded.Configuration.Head.Pooling);
        CollectionAssert.AreEqual(model.Task.Labels.ToArray(), loaded.Task.Labels.ToArray());
        Assert.AreEqual(model.Task.Problem, loaded.Task.Problem);
        TinyModels.AssertSameWeights(SmallModels.Weights(model), SmallModels.Weights(loaded));

        // For further training its head is used unchanged; for labels in another order or number the last layer is new.
        using TaskModel on = EncoderCheckpoint.LoadForTask(TinyModels.Files(files), Configuration(kind), s_engine, seed: 9);
        Assert.IsEmpty(on.FreshParameters);
        if (kind == TaskKind.QuestionAnswering)
            return;
        foreach (string[] labels in new string[][] { ["b", "a", "c"], ["a", "b"], ["a", "b", "c", "d"] })
        {
            using TaskModel other =
                EncoderCheckpoint.LoadForTask(TinyModels.Files(files), Configuration(kind) with { Labels = labels }, s_engine, seed: 9);
            CollectionAssert.AreEqual(new[] { "head.output.weight", "head.output.bias" },
                other.FreshParameters.Select(parameter => parameter.Name).ToArray(), string.Join(',', labels));
        }
    }

    [TestMethod]
    public void Fresh_weights_are_of_the_seed()
    {
        using TaskModel first = Fresh("bert", Configuration(TaskKind.SequenceClassification), seed: 1),
            again = Fresh("bert", Configuration(TaskKind.SequenceClassification), seed: 1),
            other = Fresh("bert", Configuration(TaskKind.SequenceClassification), seed: 2);
        TinyModels.AssertSameWeights(SmallModels.Weights(first), SmallModels.Weights(again));
        CollectionAssert.AreNotEqual(SmallModels.Weights(first)["head.output.weight"], SmallModels.Weights(other)["head.output.weight"]);
        CollectionAssert.AreEqual(SmallModels.Weights(first)["layers.0.output.weight"],
            SmallModels.Weights(other)["layers.0.output.weight"]);
    }

    [TestMethod]
    public void A_checkpoint_without_the_head_or_with_a_damaged_one_is_refused_where_it_must_have_one()
    {
        using TaskModel model = Fresh("roberta", Configuration(TaskKind.SequenceClassification));
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);

        Dictionary<string, ReadOnlyMemory<byte>> without = new(files);
        TinyModels.EditWeights(without, tensor => tensor.Name == "classifier.out_proj.weight" ? null : tensor);
        StringAssert.Contains(Refused(without), "classifier.out_proj.weight");

        Dictionary<string, ReadOnlyMemory<byte>> unnamed = new(files);
        TinyModels.EditConfiguration(unnamed, json => json.Remove("id2label"));
        StringAssert.Contains(Refused(unnamed), "id2label");

        Dictionary<string, ReadOnlyMemory<byte>> fewer = new(files);
        TinyModels.EditConfiguration(fewer, json => json["id2label"] = new System.Text.Json.Nodes.JsonObject { ["0"] = "a", ["1"] = "b" });
        StringAssert.Contains(Refused(fewer), "classifier.out_proj");

        Dictionary<string, ReadOnlyMemory<byte>> gap = new(files);
        TinyModels.EditConfiguration(gap, json => json["id2label"] =
            new System.Text.Json.Nodes.JsonObject { ["0"] = "a", ["2"] = "b", ["3"] = "c" });
        StringAssert.Contains(Refused(gap), "id2label");

        Dictionary<string, ReadOnlyMemory<byte>> none = new(files);
        TinyModels.EditConfiguration(none, json => json["id2label"] = new System.Text.Json.Nodes.JsonObject());
        StringAssert.Contains(Refused(none), "id2label");

        static string Refused(Dictionary<string, ReadOnlyMemory<byte>> files) =>
            Assert.ThrowsExactly<CheckpointException>(() => EncoderCheckpoint.LoadTask(TinyModels.Files(files),
                TaskKind.SequenceClassification, s_engine)).Message;
    }

    [TestMethod]
    public void A_damaged_encoder_is_refused_even_where_the_head_may_be_new()
    {
        using TaskModel model = Fresh("roberta", Configuration(TaskKind.SequenceClassification));
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.EditWeights(files,
            tensor => tensor.Name.EndsWith("layer.1.output.dense.weight", StringComparison.Ordinal) ? null : tensor);
        Assert.ThrowsExactly<CheckpointException>(() => EncoderCheckpoint.LoadForTask(TinyModels.Files(files),
            Configuration(TaskKind.SequenceClassification), s_engine, seed: 1));
    }

    private static TaskConfiguration Configuration(TaskKind kind) => kind == TaskKind.QuestionAnswering
        ? new TaskConfiguration(kind, ["start", "end"])
        : new TaskConfiguration(kind, ["a", "b", "c"], kind == TaskKind.SequenceClassification ? "multi_label_classification" : null);

    private static TaskModel Fresh(string family, TaskConfiguration task, ulong seed = 1, TextPooling? pooling = null)
    {
        using MaskedLanguageModel start = SmallModels.Create(family, s_engine);
        return EncoderCheckpoint.LoadForTask(TinyModels.Files(TinyModels.Save(start)), task, s_engine, seed, pooling);
    }
}
