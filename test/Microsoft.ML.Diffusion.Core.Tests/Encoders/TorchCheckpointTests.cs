using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Models in pytorch_model.bin, and models whose names a wrapper lengthened.</summary>
[TestClass]
public sealed class TorchCheckpointTests
{
    private static readonly Engine s_engine = CpuEngine.Create(1);

    public static IEnumerable<object[]> Families => SmallModels.FamilyNames.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_model_in_pytorch_model_bin_is_the_one_in_safetensors(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        files.Remove(ModelFiles.WeightsName, out ReadOnlyMemory<byte> safetensors);
        foreach (bool isZip in new[] { true, false })
        {
            files[ModelFiles.TorchWeightsName] = TorchBytes.FromSafeTensors(safetensors, isZip);
            AssertLoads(model, files);
        }
        files[ModelFiles.TorchWeightsName] = new byte[] { 1 }; // safetensors come first
        files[ModelFiles.WeightsName] = safetensors;
        AssertLoads(model, files);
    }

    [TestMethod]
    public void Shards_of_pytorch_model_bin_are_read_as_one()
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        files.Remove(ModelFiles.WeightsName, out ReadOnlyMemory<byte> safetensors);
        string[] shards = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
        using (TensorSource source = SafeTensorsReader.Open(safetensors, "before"))
        {
            var map = new JsonObject(source.Entries.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)shards[Shard(name)])));
            files[ModelFiles.TorchWeightsIndexName] = Encoding.UTF8.GetBytes(new JsonObject { ["weight_map"] = map }.ToJsonString());
        }
        for (int i = 0; i < 2; i++)
            files[shards[i]] = TorchBytes.FromSafeTensors(safetensors, isZip: i == 0, name => Shard(name) == i);
        AssertLoads(model, files);

        files.Remove(shards[1]);
        SafeTensorsBytes.AssertExplains(Refused(files), shards[1], "missing", ModelFiles.TorchWeightsIndexName);

        static int Shard(string name) => name.EndsWith(".bias", StringComparison.Ordinal) ? 1 : 0;
    }

    [TestMethod]
    public void A_directory_with_pytorch_model_bin_alone_loads_by_the_public_path()
    {
        using var directory = new TemporaryDirectory();
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        foreach ((string name, ReadOnlyMemory<byte> content) in TinyModels.Save(model))
        {
            if (name == ModelFiles.WeightsName)
                File.WriteAllBytes(directory["pytorch_model.bin"], TorchBytes.FromSafeTensors(content, isZip: true));
            else
                File.WriteAllBytes(directory[name], content.ToArray());
        }
        File.WriteAllText(directory["vocab.txt"], "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n");
        using MaskedLanguageModel loaded = EncoderModel.FromDirectory(directory.Path).LoadMaskedLanguageModel(s_engine);
        TinyModels.AssertSameWeights(SmallModels.Weights(model), SmallModels.Weights(loaded));
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_prefix_that_all_tensors_share_is_taken_off(string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> sound = TinyModels.Save(model);
        foreach (string prefix in new[] { "module.", "_orig_mod.", "model.", "module._orig_mod.", "my.own.net." })
        {
            var files = new Dictionary<string, ReadOnlyMemory<byte>>(sound);
            TinyModels.EditWeights(files, tensor => tensor with { Name = prefix + tensor.Name });
            AssertLoads(model, files);
            files.Remove(ModelFiles.WeightsName, out ReadOnlyMemory<byte> safetensors);
            files[ModelFiles.TorchWeightsName] = TorchBytes.FromSafeTensors(safetensors, isZip: true);
            AssertLoads(model, files);
        }

        // Where the family's own prefix is missing, only wrappers that are known are taken off: any other could be another family's.
        string own = model.Family.Prefix;
        foreach ((string prefix, bool loads) in new[] { ("module.", true), ("_orig_mod.", true), ("nezha.", false) })
        {
            var files = new Dictionary<string, ReadOnlyMemory<byte>>(sound);
            TinyModels.EditWeights(files, tensor => tensor with { Name = prefix + Bare(tensor.Name) });
            if (loads)
                AssertLoads(model, files);
            else
                Refused(files);
        }

        string Bare(string name) => name.StartsWith(own, StringComparison.Ordinal) ? name[own.Length..] : name;
    }

    [TestMethod]
    public void A_prefix_that_only_some_tensors_have_is_named()
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.EditWeights(
            files, tensor => tensor with { Name = tensor.Name.Replace("bert.", "student.bert.", StringComparison.Ordinal) });
        SafeTensorsBytes.AssertExplains(Refused(files), "'bert.embeddings", "'student.'", "rename the tensors");
    }

    private static CheckpointException Refused(Dictionary<string, ReadOnlyMemory<byte>> files) =>
        Assert.ThrowsExactly<CheckpointException>(() => EncoderCheckpoint.Load(TinyModels.Files(files), s_engine).Dispose());

    private static void AssertLoads(MaskedLanguageModel expected, Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        using MaskedLanguageModel loaded = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine);
        TinyModels.AssertSameWeights(SmallModels.Weights(expected), SmallModels.Weights(loaded));
    }
}
