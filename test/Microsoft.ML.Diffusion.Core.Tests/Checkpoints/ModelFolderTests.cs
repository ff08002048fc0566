using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

/// <summary>Folders in which the model lies deeper, or not at all.</summary>
[TestClass]
public sealed class ModelFolderTests
{
    private const string Modules = """
        [{"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """;

    [TestMethod]
    public void The_folder_that_modules_json_names_is_followed()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "modules.json", Modules);
        Write(directory, "0_Transformer/config.json", "{\"model_type\": \"bert\"}");
        Write(directory, "1_Pooling/config.json", "{}");
        ModelFiles files = ModelFiles.FromDirectory(directory.Path);
        StringAssert.Contains(files.Description, "0_Transformer");
        Assert.AreEqual("bert", files.OpenConfiguration().String("model_type"));
    }

    [TestMethod]
    public void A_model_beside_modules_json_is_taken_as_it_stands()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "modules.json", Modules.Replace("0_Transformer", "", StringComparison.Ordinal));
        Write(directory, "config.json", "{\"model_type\": \"bert\"}");
        Write(directory, "1_Pooling/config.json", "{}");
        Assert.AreEqual($"'{directory.Path}'", ModelFiles.FromDirectory(directory.Path).Description);
    }

    [TestMethod]
    [DataRow("..")]
    [DataRow("/etc")]
    [DataRow("a/b")]
    public void Modules_json_does_not_lead_outside(string path)
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "modules.json", Modules.Replace("0_Transformer", path, StringComparison.Ordinal));
        StringAssert.Contains(Assert.Throws<CheckpointException>(() => ModelFiles.FromDirectory(directory.Path)).Message, "'[0].path'");
    }

    [TestMethod]
    [DataRow("{}", "a JSON list of objects")]
    [DataRow("[1]", "a JSON list of objects")]
    [DataRow("[{\"type\": \"x.Transformer\", \"path\": \"gone\"}]", "absent")]
    public void A_modules_json_that_names_no_folder_is_refused(string json, string named)
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "modules.json", json);
        StringAssert.Contains(Assert.Throws<CheckpointException>(() => ModelFiles.FromDirectory(directory.Path)).Message, named);
    }

    [TestMethod]
    public void The_cache_of_the_hub_is_followed_to_the_revision_of_main()
    {
        using var directory = new TemporaryDirectory();
        string revision = new('a', 40), other = new('b', 40);
        Write(directory, $"snapshots/{revision}/config.json", "{\"model_type\": \"bert\"}");
        Write(directory, $"snapshots/{other}/config.json", "{\"model_type\": \"roberta\"}");
        StringAssert.Contains(Refusal(directory), "'snapshots'");
        Write(directory, "refs/main", revision + "\n");
        Assert.AreEqual("bert", ModelFiles.FromDirectory(directory.Path).OpenConfiguration().String("model_type"));
        Write(directory, "refs/main", "../../elsewhere");
        StringAssert.Contains(Refusal(directory), "'snapshots'");
    }

    [TestMethod]
    public void An_adapter_is_said_to_be_one_alone_or_beside_a_model()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "adapter_config.json", "{\"peft_type\": \"LORA\"}");
        Write(directory, "adapter_model.safetensors", "");
        StringAssert.Contains(Refusal(directory), "merge_and_unload");
        Write(directory, "config.json", "{\"model_type\": \"bert\"}");
        string message = Refusal(directory);
        StringAssert.Contains(message, "would be left out");
        StringAssert.Contains(message, "merge_and_unload");
    }

    [TestMethod]
    public void Folders_below_that_have_a_model_are_named()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "checkpoint-500/config.json", "{}");
        Write(directory, "checkpoint-1000/config.json", "{}");
        Write(directory, "runs/events", "");
        string message = Refusal(directory);
        StringAssert.Contains(message, "the path of 'checkpoint-1000', or of 'checkpoint-500'");
        Assert.IsFalse(message.Contains("download", StringComparison.Ordinal), message);
    }

    private static string Refusal(TemporaryDirectory directory) =>
        Assert.Throws<CheckpointException>(() => ModelFiles.FromDirectory(directory.Path).OpenConfiguration()).Message;

    private static void Write(TemporaryDirectory directory, string name, string content)
    {
        string path = Path.Combine(directory.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
