using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Heads that a checkpoint has or lacks, and the names of their labels as the world's files write them.</summary>
[TestClass]
public sealed class HeadLabelsTests
{
    private static readonly Engine s_engine = CpuEngine.Create(1);

    public static IEnumerable<object[]> FamiliesAndKinds =>
        from family in SmallModels.FamilyNames from kind in Enum.GetValues<TaskKind>() select new object[] { family, kind };

    [TestMethod]
    [DataRow("""{"0": 0, "1": 1, "2": 2}""", "0", "1", "2")]
    [DataRow("""{"2": "c", "0": "a", "1": "b"}""", "a", "b", "c")]
    [DataRow("""["x", "y", 7]""", "x", "y", "7")]
    [DataRow("""{"0": true, "1": false, "2": 0.5}""", "true", "false", "0.5")]
    public void Names_are_text_in_the_order_of_their_numbers(string id2label, params string[] expected) =>
        CollectionAssert.AreEqual(expected, Load(Edited(json => json["id2label"] = JsonNode.Parse(id2label))));

    [TestMethod]
    public void Names_that_are_left_out_are_those_of_Transformers()
    {
        CollectionAssert.AreEqual(new[] { "LABEL_0", "LABEL_1", "LABEL_2" }, Load(Edited(json =>
        {
            json.Remove("id2label");
            json["num_labels"] = 3;
        })));
        string message = Assert.Throws<CheckpointException>(() => Load(Edited(json => json.Remove("id2label")))).Message;
        StringAssert.Contains(message, "has 3 outputs, but id2label in config.json names 2"); // Transformers takes two as well, and fails
    }

    [TestMethod]
    [DataRow("""{"0": "a", "2": "c", "3": "d"}""", "none for 1")]
    [DataRow("""{"a": 0, "b": 1, "c": 2}""", "none for 0")]
    [DataRow("""{"0": "a", "1": {"x": 1}, "2": "c"}""", "'id2label'")]
    [DataRow("""{}""", "'id2label'")]
    [DataRow("5", "'id2label'")]
    public void An_old_head_with_unclear_names_is_refused_and_a_new_one_needs_none(string id2label, string named)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = Edited(json => json["id2label"] = JsonNode.Parse(id2label));
        string message = Assert.Throws<CheckpointException>(() => Load(files)).Message;
        StringAssert.Contains(message, named);
        using TaskModel fresh = EncoderCheckpoint.LoadForTask(
            TinyModels.Files(files), new TaskConfiguration(TaskKind.SequenceClassification, ["no", "yes"], "single_label_classification"),
            s_engine, seed: 1);
        Assert.IsTrue(fresh.HasFreshOutput);
    }

    [TestMethod]
    [DynamicData(nameof(FamiliesAndKinds))]
    public void A_head_that_is_not_there_is_named_and_the_configuration_is_not_blamed(string family, TaskKind kind)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        string message =
            Assert.Throws<CheckpointException>(() => EncoderCheckpoint.LoadTask(TinyModels.Files(files), kind, s_engine)).Message;
        StringAssert.Contains(message, $"has no head of {model.Family.ClassPrefix}For{kind}");
        StringAssert.Contains(message, "Fine-tune the model");
        Assert.IsFalse(message.Contains("config.json", StringComparison.Ordinal) ||
            message.Contains("id2label", StringComparison.Ordinal), message);
    }

    [TestMethod]
    [DataRow("bert")]
    [DataRow("roberta")]
    [DataRow("modernbert")]
    [DataRow("distilbert")]
    [DataRow("albert")]
    public void A_bare_encoder_is_said_to_be_one(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.EditWeights(files, tensor => tensor.Name.StartsWith(model.Family.Prefix, StringComparison.Ordinal) ? tensor : null);
        string message = Assert.Throws<CheckpointException>(() => EncoderCheckpoint.Load(TinyModels.Files(files), s_engine)).Message;
        StringAssert.Contains(message, $"has no head of {model.Family.ClassPrefix}ForMaskedLM");
        StringAssert.Contains(message, "an encoder alone");
        StringAssert.Contains(message, "can be fine-tuned");
    }

    private static string[] Load(Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        using TaskModel model = EncoderCheckpoint.LoadTask(TinyModels.Files(files), TaskKind.SequenceClassification, s_engine);
        return [.. model.Task.Labels];
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Edited(Action<JsonObject> edit)
    {
        using MaskedLanguageModel encoder = SmallModels.Create("bert", s_engine);
        using TaskModel model = EncoderCheckpoint.LoadForTask(
            TinyModels.Files(TinyModels.Save(encoder)), new TaskConfiguration(TaskKind.SequenceClassification, ["a", "b", "c"]),
            s_engine, seed: 1);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.EditConfiguration(files, edit);
        return files;
    }
}
