using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using static Microsoft.ML.Diffusion.Tests.Checkpoints.SafeTensorsBytes;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class ModelFilesTests
{
    private static readonly byte[] s_config = Encoding.UTF8.GetBytes("""{"model_type":"bert","hidden_size":8}""");

    [TestMethod]
    public void A_configuration_is_read_once_until_it_is_replaced()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["config.json"], s_config);
        ModelFiles files = ModelFiles.FromDirectory(directory.Path);
        ConfigurationJson first = files.OpenConfiguration();
        Assert.AreSame(first, files.OpenConfiguration());
        File.WriteAllText(directory["config.json"], """{"model_type":"bert","hidden_size":16}""");
        Assert.AreEqual(16, files.OpenConfiguration().Int("hidden_size"));
        File.Delete(directory["config.json"]);
        Assert.ThrowsExactly<CheckpointException>(() => files.OpenConfiguration());
    }

    [TestMethod]
    public void A_directory_and_memory_and_streams_present_the_same_files()
    {
        using var directory = new TemporaryDirectory();
        byte[] weights = Weights("w", 4f);
        File.WriteAllBytes(directory["config.json"], s_config);
        File.WriteAllBytes(directory["model.safetensors"], weights);
        Directory.CreateDirectory(directory["below"]);
        File.WriteAllText(directory["below/x.json"], "{}");
        ModelFiles[] all =
        [
            ModelFiles.FromDirectory(directory.Path),
            ModelFiles.FromMemory(new Dictionary<string, ReadOnlyMemory<byte>> { ["config.json"] = s_config,
                ["model.safetensors"] = weights }, "the test's memory"),
            ModelFiles.FromStreams(["config.json", "model.safetensors"], name => File.OpenRead(directory[name]), "the test's streams"),
        ];
        foreach (ModelFiles files in all)
        {
            CollectionAssert.AreEquivalent(new[] { "config.json", "model.safetensors" }, files.Names.ToArray());
            Assert.IsTrue(files.Exists("config.json"));
            Assert.IsFalse(files.Exists("below/x.json"));
            Assert.IsFalse(files.Exists(".."));
            Assert.IsNull(files.TryOpen("vocab.txt"));
            Assert.AreEqual(8, files.OpenConfiguration().Int("hidden_size"));
            using TensorSource tensors = files.OpenTensors();
            Assert.AreEqual(4f, tensors.ReadArray("w", 1)[0]);
            using ModelFile file = files.Open("config.json");
            StringAssert.Contains(file.Name, "config.json");
            Assert.AreEqual(s_config.Length, file.Length);
            CollectionAssert.AreEqual(s_config, file.ReadAllBytes(1000));
            using Stream stream = file.OpenStream();
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            CollectionAssert.AreEqual(s_config, copy.ToArray());
            AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => file.ReadAllBytes(10)), "config.json", "at most 10");
            AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => files.Open("vocab.txt")), "'vocab.txt'",
                files.Description, "'config.json'");
        }
    }

    [TestMethod]
    public void Resources_are_read_where_they_lie()
    {
        System.Reflection.Assembly assembly = typeof(Assert).Assembly;
        string resource = assembly.GetManifestResourceNames()[0];
        string prefix = resource[..(resource.IndexOf('.') + 1)];
        ModelFiles files = ModelFiles.FromResources(assembly, prefix);
        string name = resource[prefix.Length..];
        CollectionAssert.Contains(files.Names.ToArray(), name);
        var expected = new MemoryStream();
        assembly.GetManifestResourceStream(resource)!.CopyTo(expected);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using ModelFile file = files.Open(name);
        Assert.IsLessThan(Math.Min(16_000, expected.Length), GC.GetAllocatedBytesForCurrentThread() - before);
        CollectionAssert.AreEqual(expected.ToArray(), file.ReadAllBytes(int.MaxValue));
        using Stream stream = file.OpenStream();
        Assert.AreEqual(expected.Length, stream.Length);
    }

    [TestMethod]
    public void A_missing_directory_and_missing_resources_are_named()
    {
        using var directory = new TemporaryDirectory();
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => ModelFiles.FromDirectory(directory["none"])), directory["none"],
            "does not exist", "nothing is downloaded");
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(
            () => ModelFiles.FromResources(typeof(ModelFilesTests).Assembly, "No.Such.")), "No.Such.", "Check the assembly");
    }

    [TestMethod]
    public void Weights_of_other_formats_say_how_to_convert()
    {
        foreach ((string other, string option) in new[] { ("tf_model.h5", "from_tf=True"), ("flax_model.msgpack", "from_flax=True") })
        {
            ModelFiles files = Memory(("config.json", s_config), (other, [1, 2, 3]));
            CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(files.OpenTensors);
            AssertExplains(exception, $"'{other}'", "'model.safetensors'", "save_pretrained", option, "architectures");
        }
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(Memory(("config.json", s_config)).OpenTensors), "'model.safetensors'",
            "'config.json'", "Copy or download");
    }

    [TestMethod]
    [DataRow("model.onnx")]
    [DataRow("onnx/model.onnx")]
    public void A_model_in_ONNX_alone_is_named(string name)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["onnx"]);
        File.WriteAllBytes(directory["config.json"], s_config);
        File.WriteAllBytes(directory[name], [1]);
        string[] words = [$"'{name}'", "EncoderModel.FromOnnx of the package Diffusion.ML.Onnx", "download 'model.safetensors'"];
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(ModelFiles.FromDirectory(directory.Path).OpenTensors), words);
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(Memory(("config.json", s_config), (name, [1])).OpenTensors), words);
    }

    [TestMethod]
    public void Shards_read_as_one()
    {
        ModelFiles files = Memory(
            ("model.safetensors.index.json",
                Encoding.UTF8.GetBytes("""{"metadata":{"total_size":8},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}""")),
            ("s1.safetensors", Weights("a", 1f)), ("s2.safetensors", Weights("b", 2f)));
        using TensorSource tensors = files.OpenTensors();
        Assert.HasCount(2, tensors.Entries);
        Assert.AreEqual(1f, tensors.ReadArray("a", 1)[0]);
        Assert.AreEqual(2f, tensors.ReadArray("b", 1)[0]);
        Assert.AreEqual("pt", tensors.Metadata["format"]);
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(() => tensors.ReadArray("c", 1)), "'c'", "index.json");
    }

    [TestMethod]
    [DataRow("""{"weight_map":{"a":"s2.safetensors"}}""", "'s2.safetensors'", "missing")]
    [DataRow("""{"weight_map":{"b":"s1.safetensors"}}""", "'b'", "'s1.safetensors'")]
    [DataRow("""{"weight_map":{"a":"../s1.safetensors"}}""", "'../s1.safetensors'", "same directory")]
    [DataRow("""{"weight_map":{"a":1}}""", "'weight_map.a'", "expected a text")]
    [DataRow("""{"weight_map":[]}""", "'weight_map'", "expected an object")]
    [DataRow("""{}""", "'weight_map'", "expected an object")]
    [DataRow("""{"weight_map":{"a":"s1.safetensors","a":"s1.safetensors"}}""", "index.json", "JSON")]
    public void An_index_that_contradicts_its_shards_is_refused(string index, string word1, string word2)
    {
        ModelFiles files = Memory(("model.safetensors.index.json", Encoding.UTF8.GetBytes(index)), ("s1.safetensors", Weights("a", 1f)));
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(files.OpenTensors), "model.safetensors.index.json", word1, word2);
    }

    private static ModelFiles Memory(params (string Name, byte[] Content)[] files) =>
        ModelFiles.FromMemory(files.ToDictionary(file => file.Name, file => (ReadOnlyMemory<byte>)file.Content), "the test's memory");

    private static byte[] Weights(string name, float value)
    {
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, [TensorToWrite.FromMemory(name, [1], ElementType.Float32, new[] { value })]);
        return stream.ToArray();
    }
}
