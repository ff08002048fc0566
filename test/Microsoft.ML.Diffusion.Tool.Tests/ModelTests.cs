using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>Models are inspected and converted.</summary>
[TestClass]
public sealed class ModelTests
{
    [TestMethod]
    public void A_model_predicts_the_same_as_zip_as_directory_and_as_zip_again()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier(), directory = folder.Path("directory"), again = folder.Path("again.zip");
        CommandRun.Succeed("convert", "--input", zip, "--output", directory);
        CommandRun.Succeed("convert", "--input", directory, "--output", again);
        string expected = Classify(zip);
        Assert.AreEqual(expected, Classify(directory));
        Assert.AreEqual(expected, Classify(again));

        string half = folder.Path("half");
        CommandRun.Succeed("convert", "--input", zip, "--output", half, "--type", "float16");
        Assert.AreEqual(0.5, (double)Weights(half) / Weights(directory), 0.1);
        CommandRun.Fail(["convert", "--input", zip, "--output", folder.Path("b.zip")], "both a .zip");
        CommandRun.Misuse(["convert", "--input", directory, "--output", directory], "both --input and --output");
        CommandRun.Misuse(["convert", "--input", directory, "--output", folder.Path("c.zip"), "--type", "float16"], "--type");

        string Classify(string model) => CommandRun.Succeed("classify", "--model", model, "--text", "a dull film", "--json").Output;

        static long Weights(string path) => new FileInfo(Path.Combine(path, "model.safetensors")).Length;
    }

    [TestMethod]
    public void A_model_predicts_the_same_from_an_ONNX_file()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier(), directory = folder.Path("directory"), onnx = folder.Path("model.onnx");
        string back = folder.Path("back"), small = folder.Path("small.onnx");
        CommandRun.Succeed("convert", "--input", zip, "--output", directory);
        CommandRun.Succeed("convert", "--input", zip, "--output", onnx);
        CommandRun.Succeed("convert", "--input", onnx, "--tokenizer", directory, "--output", back);
        Assert.AreEqual(Classify(directory), Classify(back));

        CommandRun.Succeed("convert", "--input", directory, "--output", small, "--type", "float16");
        Assert.AreEqual(0.5, (double)new FileInfo(small).Length / new FileInfo(onnx).Length, 0.1);
        CommandRun.Misuse(["convert", "--input", directory, "--output", onnx, "--type", "bfloat16"], "bfloat16");
        CommandRun.Misuse(["convert", "--input", directory, "--output", folder.Path("d"), "--type", "int8"], "int8");
        CommandRun.Misuse(["convert", "--input", zip, "--output", folder.Path("d"), "--tokenizer", directory], "--tokenizer");
        CommandRun.Fail(["convert", "--input", onnx, "--output", folder.Path("d")], "has no tokenizer for", "--tokenizer");

        string Classify(string model) => CommandRun.Succeed("classify", "--model", model, "--text", "a dull film", "--json").Output;
    }

    [TestMethod]
    public void Inspect_says_what_a_model_is_and_can_do()
    {
        using var folder = new TestFolder();
        string embedded = CommandRun.Succeed("inspect").Output;
        StringAssert.Contains(embedded, "modernbert");
        StringAssert.Contains(embedded, "write, fill");
        using JsonDocument json = JsonDocument.Parse(CommandRun.Succeed("inspect", folder.Model, "--json").Output);
        Assert.AreEqual("roberta", json.RootElement.GetProperty("family").GetString());
        Assert.AreEqual(32, json.RootElement.GetProperty("hidden_size").GetInt32());
        string zip = CommandRun.Succeed("inspect", folder.TrainClassifier()).Output;
        StringAssert.Contains(zip, "one class of bad, good");
        StringAssert.Contains(zip, "review");
    }

    [TestMethod]
    public void Inspect_names_what_is_not_supported()
    {
        using var folder = new TestFolder();
        string config = Path.Combine(folder.Model, "config.json");
        string good = File.ReadAllText(config);
        File.WriteAllText(config, good.Replace("\"roberta\"", "\"llama\"", StringComparison.Ordinal));
        CommandRun run = CommandRun.Of("inspect", folder.Model);
        Assert.AreEqual(1, run.Code);
        StringAssert.Contains(run.Output, "llama");
        StringAssert.Contains(run.Output, "ByteLevelBpe", "a part that can be read is still shown");
        File.WriteAllText(config, good);
        File.Delete(Path.Combine(folder.Model, "model.safetensors"));
        run = CommandRun.Of("inspect", folder.Model);
        Assert.AreEqual(1, run.Code);
        StringAssert.Contains(run.Output, "model.safetensors");
        CommandRun.Fail(["inspect", folder.Path("absent")], "There is no");
    }

    [TestMethod]
    public void An_engine_is_loaded_from_a_folder()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier(), engine = Directory.CreateDirectory(folder.Path("engine")).FullName;
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Diffusion.Conformance.dll"),
            Path.Combine(engine, "Microsoft.ML.Diffusion.Conformance.dll"));
        string[] classify = ["classify", "--model", zip, "--text", "a wonderful film", "--json", "--engine", engine];
        using JsonDocument slow = JsonDocument.Parse(CommandRun.Succeed(classify).Output),
            fast = JsonDocument.Parse(CommandRun.Succeed([.. classify, "--device", "cpu"]).Output);
        Assert.AreEqual(fast.RootElement.GetProperty("score").GetDouble(), slow.RootElement.GetProperty("score").GetDouble(), 1e-4);
        CommandRun.Fail([.. classify, "--device", "gpu:7"], "GpuDeviceId is 7", "reference");
    }
}
