using Microsoft.ML.Diffusion.Hub;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>Of a repository's files, those that a model needs.</summary>
[TestClass]
public sealed class WantedFilesTests
{
    [TestMethod]
    public void One_form_of_the_weights_and_the_tokenizer_are_chosen() => AssertChosen(
        "config.json model.safetensors special_tokens_map.json tokenizer.json tokenizer_config.json vocab.txt",
        ".gitattributes README.md config.json flax_model.msgpack model.safetensors onnx/model.onnx openvino/openvino_model.xml " +
            "pytorch_model.bin rust_model.ot special_tokens_map.json tf_model.h5 tokenizer.json tokenizer_config.json training_args.bin " +
            "vocab.txt model.fp16.safetensors generation_config.json");

    [TestMethod]
    public void Without_safetensors_the_other_weights_are_chosen() =>
        AssertChosen("config.json pytorch_model.bin vocab.txt", "config.json pytorch_model.bin vocab.txt README.md");

    [TestMethod]
    public void Shards_come_with_their_index() => AssertChosen(
        "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json",
        "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer.json " +
            "pytorch_model-00001-of-00001.bin pytorch_model.bin.index.json model-of-mine.safetensors");

    [TestMethod]
    public void A_sentence_transformers_model_comes_with_its_modules() => AssertChosen(
        "1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors config.json config_sentence_transformers.json " +
            "model.safetensors modules.json sentence_bert_config.json tokenizer.json",
        "1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors 2_Dense/pytorch_model.bin config.json " +
            "config_sentence_transformers.json model.safetensors modules.json onnx/config.json sentence_bert_config.json tokenizer.json " +
            "train_script.py data_config.json 3_x/y/config.json");

    [TestMethod]
    public void Its_encoder_may_lie_in_a_folder() => AssertChosen(
        "0_Transformer/config.json 0_Transformer/pytorch_model.bin 0_Transformer/vocab.txt 1_Pooling/config.json modules.json",
        "0_Transformer/config.json 0_Transformer/pytorch_model.bin 0_Transformer/vocab.txt 1_Pooling/config.json modules.json README.md");

    [TestMethod]
    [DataRow("adapter_config.json adapter_model.safetensors config.json", "adapter")]
    [DataRow("model.gguf README.md", "no 'config.json'")]
    [DataRow("config.json tf_model.h5 vocab.txt", "neither 'model.safetensors' nor 'pytorch_model.bin'")]
    [DataRow("config.json model.safetensors tokenizer_config.json", "no tokenizer")]
    [DataRow("model_index.json unet/config.json", "no 'config.json'")]
    public void What_is_not_an_encoder_is_refused_with_what_it_has(string files, string fault)
    {
        string message = Assert.Throws<HubException>(() => WantedFiles.Choose(Repository(files))).Message;
        StringAssert.Contains(message, fault);
        StringAssert.Contains(message, $"'{files.Split(' ').First(file => !file.Contains('/'))}'");
    }

    [TestMethod]
    public void Names_that_some_system_cannot_have_are_not_chosen() => AssertChosen(
        "config.json model-1-of-1.safetensors model.safetensors.index.json vocab.txt",
        "config.json model.safetensors.index.json model-1-of-1.safetensors model-:-of-1.safetensors vocab.txt runs/12:30/events");

    [TestMethod]
    public void A_directory_says_what_it_lacks()
    {
        using var directory = new TemporaryDirectory();
        StringAssert.Contains(WantedFiles.FindMissing(directory.Path), "'config.json'");
        File.WriteAllText(directory["config.json"], "{}");
        StringAssert.Contains(WantedFiles.FindMissing(directory.Path), "the weights");
        File.WriteAllText(directory["model.safetensors.index.json"], """{"weight_map": {"a": "model-1.safetensors"}}""");
        StringAssert.Contains(WantedFiles.FindMissing(directory.Path), "tokenizer");
        File.WriteAllText(directory["tokenizer_config.json"], "{}");
        StringAssert.Contains(WantedFiles.FindMissing(directory.Path), "tokenizer");
        File.WriteAllText(directory["vocab.txt"], "");
        Assert.AreEqual("'model-1.safetensors'", WantedFiles.FindMissing(directory.Path));
        File.WriteAllText(directory["model-1.safetensors"], "");
        Assert.IsNull(WantedFiles.FindMissing(directory.Path));
        foreach (string index in (string[])["[]", "{", """{"weight_map": {"a": "../x"}}""", """{"weight_map": {"a": 1}}"""])
        {
            File.WriteAllText(directory["model.safetensors.index.json"], index);
            Assert.Throws<HubException>(() => WantedFiles.FindMissing(directory.Path));
        }
    }

    private static void AssertChosen(string expected, string files) =>
        Assert.AreEqual(expected, string.Join(' ', WantedFiles.Choose(Repository(files))));

    private static Repository Repository(string files) => new("a/b", new('a', 40), files.Split(' '));
}
