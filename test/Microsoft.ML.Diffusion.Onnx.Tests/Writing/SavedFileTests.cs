using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Onnx;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>What is in the files, and that they appear whole or not at all.</summary>
[TestClass]
public sealed class SavedFileTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("saved-onnx").FullName;

    public TestContext TestContext { get; set; } = null!;

    private string ModelPath => Path.Combine(_directory, "model.onnx");

    [TestCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    public void Inputs_and_outputs_are_named_as_Optimum_names_them()
    {
        foreach (EncoderFamily family in RandomModels.Families)
        {
            using EncoderWithHead model = Model(family, new(TaskKind.QuestionAnswering, ["start", "end"]));
            OnnxModels.Save(model, ModelPath);
            ModelProto file = Read(ModelPath);
            bool hasTypes = family == EncoderFamily.Bert || family == EncoderFamily.Electra || family == EncoderFamily.Albert;
            string[] inputs = hasTypes ? ["input_ids", "attention_mask", "token_type_ids"] : ["input_ids", "attention_mask"];
            CollectionAssert.AreEqual(inputs, file.Graph.Input.Select(input => input.Name).ToArray());
            CollectionAssert.AreEqual(new[] { "start_logits", "end_logits" }, file.Graph.Output.Select(output => output.Name).ToArray());
            foreach (ValueInfoProto value in file.Graph.Input.Concat(file.Graph.Output))
                CollectionAssert.AreEqual(
                    new[] { "batch_size", "sequence_length" }, value.Type.TensorType.Shape.Dim.Select(dim => dim.DimParam).ToArray());
            Assert.AreEqual(17, file.OpsetImport.Single().Version);
            Assert.AreEqual(8, file.IrVersion);
            Assert.AreEqual("Diffusion.ML", file.ProducerName);
        }
    }

    [TestMethod]
    public void Metadata_says_what_the_outputs_mean()
    {
        var task = new TaskConfiguration(TaskKind.SequenceClassification, ["good", "\"bad\"", "ugly"], "single_label_classification");
        using EncoderWithHead model = Model(EncoderFamily.Bert, task);
        string directory = Path.Combine(_directory, "hub");
        OnnxModels.SaveDirectory(model, RandomModels.Tokenizer, directory);
        Dictionary<string, string> properties = Read(Path.Combine(directory, "onnx", "model.onnx")).MetadataProps
            .ToDictionary(property => property.Key, property => property.Value);
        Assert.AreEqual("text-classification", properties["task"]);
        Assert.AreEqual("bert", properties["model_type"]);
        Assert.AreEqual("single_label_classification", properties["problem_type"]);
        CollectionAssert.AreEqual(
            task.Labels.ToArray(), System.Text.Json.JsonSerializer.Deserialize<string[]>(properties["labels"]));
        Assert.AreEqual($"{model.Configuration.MaxLength}", properties["max_length"]);
        Assert.AreEqual($"{RandomModels.Tokenizer.PadToken}", properties["pad_token_id"]);
        ConfigurationJson configuration = ConfigurationJson.Parse(System.Text.Encoding.UTF8.GetBytes(properties["config.json"]), "config");
        Assert.AreEqual(model.Configuration.HiddenSize, EncoderFamily.Of(configuration).Read(configuration).HiddenSize);
    }

    [TestMethod]
    public void A_directory_is_one_that_Optimum_and_Transformers_js_know()
    {
        string directory = Path.Combine(_directory, "hub");
        foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
            EncoderModel.Default.SaveOnnxDirectory(directory, new OnnxExportOptions { Precision = precision });
        CollectionAssert.AreEquivalent(
            new[] { "model.onnx", "model_fp16.onnx", "model_quantized.onnx" },
            Directory.GetFiles(Path.Combine(directory, "onnx")).Select(Path.GetFileName).ToArray());
        Assert.AreEqual(
            EncoderModel.Default.Tokenizer.VocabularySize, Text.Tokenizer.FromDirectory(directory).VocabularySize);
        Assert.AreEqual(
            EncoderCheckpoint.ReadConfiguration(EncoderModel.Default.Files).HiddenSize,
            EncoderCheckpoint.ReadConfiguration(ModelFiles.FromDirectory(directory)).HiddenSize);
        long Size(string name) => new FileInfo(Path.Combine(directory, "onnx", name)).Length;
        Assert.IsLessThan(0.52 * Size("model.onnx"), Size("model_fp16.onnx"));
        Assert.IsLessThan(0.3 * Size("model.onnx"), Size("model_quantized.onnx"));
    }

    [TestMethod]
    public void Weights_beside_the_file_are_the_same_weights()
    {
        using EncoderWithHead model = Model(EncoderFamily.ModernBert, null);
        OnnxModels.Save(model, ModelPath);
        string beside = Path.Combine(_directory, "beside.onnx");
        OnnxModels.Save(model, beside, new OnnxExportOptions { ExternalDataThreshold = 0 });
        Assert.IsTrue(File.Exists(beside + "_data"));
        Assert.IsFalse(File.Exists(ModelPath + "_data"));
        TensorProto[] outside =
            [.. Read(beside).Graph.Initializer.Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)];
        Assert.IsNotEmpty(outside);
        foreach (TensorProto tensor in outside)
        {
            Assert.AreEqual("beside.onnx_data", tensor.ExternalData.Single(entry => entry.Key == "location").Value);
            long offset = long.Parse(tensor.ExternalData.Single(entry => entry.Key == "offset").Value,
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.AreEqual(0, offset % 4096);
        }
        int[][] sequences = RandomModels.Sequences(model.Configuration, new Random(1), 4, 7);
        using var inside = new OnnxComparison(ModelPath);
        using var read = new OnnxComparison(beside);
        CollectionAssert.AreEqual(inside.Run("logits", sequences), read.Run("logits", sequences));
    }

    [TestMethod]
    public void Weights_of_more_than_2_GB_go_beside_the_file()
    {
        var model = new ModelProto { Graph = new GraphProto() };
        foreach ((long gibibytes, bool fits) in new[] { (1L, true), (2L, false), (3L, false) })
        {
            var half = new StreamedTensor(new TensorProto { Name = "half" }, gibibytes << 29, (_, _) => { });
            Assert.AreEqual(fits, ModelFileWriter.FitsInside(model, [half, half], long.MaxValue));
        }
    }

    [TestMethod]
    public void The_same_model_gives_the_same_bytes_and_a_tied_table_is_stored_once()
    {
        var random = new Random(2);
        EncoderConfiguration configuration = RandomModels.Configuration(EncoderFamily.Bert, random);
        configuration = configuration with { Head = configuration.Head with { IsTied = true } };
        using EncoderWithHead model = RandomModels.Create(EncoderFamily.Bert, configuration, null, seed: 2);
        OnnxModels.Save(model, ModelPath);
        byte[] first = File.ReadAllBytes(ModelPath);
        OnnxModels.Save(model, ModelPath);
        CollectionAssert.AreEqual(first, File.ReadAllBytes(ModelPath));
        long weights = Read(ModelPath).Graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float)
            .Sum(tensor => tensor.Dims.Aggregate(1L, (product, dim) => product * dim));
        Assert.IsLessThan(model.Parameters.Length + 100, weights);
    }

    [TestMethod]
    public void A_write_that_fails_or_is_canceled_leaves_what_was_there()
    {
        using EncoderWithHead model = Model(EncoderFamily.Bert, null);
        OnnxModels.Save(model, ModelPath);
        byte[] before = File.ReadAllBytes(ModelPath);
        Parameter table = model.Parameters.All[0];
        model.Engine.Write(table, 0, [1e6f]);
        NotSupportedException tooLarge = Assert.ThrowsExactly<NotSupportedException>(
            () => OnnxModels.Save(model, ModelPath, new OnnxExportOptions { Precision = OnnxPrecision.Float16 }));
        TestContext.WriteLine(tooLarge.Message);
        Assert.Contains(table.Name, tooLarge.Message);
        Assert.ThrowsExactly<OperationCanceledException>(
            () => OnnxModels.Save(model, ModelPath, cancellationToken: new CancellationToken(canceled: true)));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(ModelPath));
        CollectionAssert.AreEqual(new[] { ModelPath }, Directory.GetFileSystemEntries(_directory));
    }

    [TestMethod]
    public void Errors_say_what_was_given_and_what_to_do()
    {
        using EncoderWithHead model = Model(EncoderFamily.Bert, null);
        Directory.CreateDirectory(ModelPath);
        CheckpointException directory = Assert.ThrowsExactly<CheckpointException>(() => OnnxModels.Save(model, ModelPath));
        string below = Path.Combine(_directory, "file");
        File.WriteAllText(below, "");
        CheckpointException notAFolder =
            Assert.ThrowsExactly<CheckpointException>(() => OnnxModels.Save(model, Path.Combine(below, "model.onnx")));
        var opset = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => OnnxModels.Save(model, below, new OnnxExportOptions { OpsetVersion = 12 }));
        var normalize = Assert.ThrowsExactly<ArgumentException>(
            () => OnnxModels.Save(model, below, new OnnxExportOptions { NormalizeEmbedding = true }));
        foreach (Exception exception in (Exception[])[directory, notAFolder, opset, normalize])
            TestContext.WriteLine(exception.Message);
        Assert.Contains("is a directory", directory.Message);
        Assert.Contains(below, notAFolder.Message);
        Assert.Contains("12", opset.Message);
        Assert.Contains("MeanEmbedding", normalize.Message);
        Assert.AreEqual(0, new FileInfo(below).Length);
    }

    [TestMethod]
    public void A_checkpoint_without_a_head_is_saved_as_an_encoder()
    {
        string directory = Path.Combine(_directory, "checkpoint");
        var configuration = RandomModels.Configuration(EncoderFamily.Bert, new Random(4));
        using (EncoderWithHead model = RandomModels.Create(EncoderFamily.Bert, configuration, null, seed: 4))
            EncoderCheckpoint.Save(model, RandomModels.Tokenizer, directory);
        string file = Path.Combine(directory, ModelFiles.ConfigurationName);
        File.WriteAllText(file, File.ReadAllText(file).Replace("BertForMaskedLM", "BertModel", StringComparison.Ordinal));
        EncoderModel.FromDirectory(directory).SaveOnnx(ModelPath);
        Assert.AreEqual("last_hidden_state", Read(ModelPath).Graph.Output.Single().Name);
        using MaskedLanguageModel expected = EncoderModel.FromDirectory(directory).LoadMaskedLanguageModel(CpuEngine.Shared);
        int[][] sequences = RandomModels.Sequences(configuration, new Random(1), 4, 7);
        using var comparison = new OnnxComparison(ModelPath);
        Assert.IsLessThan(2e-5, OnnxComparison.Difference(
            OnnxComparison.Compute(expected, sequences, null, expected.Encoder.Forward), comparison.Run("last_hidden_state", sequences)));
    }

    private static EncoderWithHead Model(EncoderFamily family, TaskConfiguration? task) =>
        RandomModels.Create(family, RandomModels.Configuration(family, new Random(1)), task, seed: 1);

    private static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
}
