using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Configurations and weights that ask for what no family here computes: each is refused by name, never
/// with advice to change the file.</summary>
[TestClass]
public sealed class UnsupportedFeaturesTests
{
    private static readonly Engine s_engine = CpuEngine.Create(1);

    [TestMethod]
    [DataRow("bert", """{"is_decoder": true, "add_cross_attention": true}""", "'is_decoder'", "a decoder")]
    [DataRow("roberta", """{"add_cross_attention": true}""", "'add_cross_attention'")]
    [DataRow("bert", """{"is_encoder_decoder": true}""", "'is_encoder_decoder'")]
    [DataRow("bert", """{"position_embedding_type": "relative_key_query"}""", "relative_key_query", "\"absolute\"")]
    [DataRow("electra", """{"position_embedding_type": "relative_key"}""", "relative_key", "\"absolute\"")]
    [DataRow("bert", """{"position_embedding_type": "alibi"}""", "alibi")]
    [DataRow("bert", """{"pruned_heads": {"0": [1]}}""", "'pruned_heads'")]
    [DataRow("roberta", """{"quantization_config": {"quant_method": "gptq", "bits": 4}}""", "'quantization_config'")]
    [DataRow("bert", """{"auto_map": {"AutoConfig": "configuration_x.XConfig", "AutoModel": "modeling_x.XModel"}}""", "'auto_map'", "AutoModel")]
    [DataRow("bert", """{"hidden_act": "quick_gelu"}""", "quick_gelu", "\"gelu\"")]
    [DataRow("bert", """{"model_type": "xlm-roberta"}""", "\"xlm-roberta\"", "\"roberta\"", "\"albert\"", "not supported")]
    [DataRow("bert", """{"model_type": "gpt2"}""", "\"gpt2\"", "not supported")]
    public void A_property_is_named_and_no_change_of_it_is_advised(string family, string properties, params string[] named)
    {
        string message = Refusal(Edited(family, properties));
        foreach (string part in named)
            StringAssert.Contains(message, part);
        Assert.IsFalse(message.Contains("Correct it", StringComparison.Ordinal) ||
            message.Contains("Add ", StringComparison.Ordinal), message);
    }

    [TestMethod]
    [DataRow("""{"pruned_heads": {}, "is_decoder": false, "is_encoder_decoder": false, "add_cross_attention": null, "quantization_config": null}""")]
    [DataRow("""{"auto_map": {"AutoTokenizer": ["tokenization_x.XTokenizer", null]}, "use_cache": true, "chunk_size_feed_forward": 0, "output_attentions": false}""")]
    public void What_asks_for_nothing_is_loaded(string properties)
    {
        using MaskedLanguageModel model = EncoderCheckpoint.Load(TinyModels.Files(Edited("bert", properties)), s_engine);
        Assert.AreEqual("bert", model.Family.ModelType);
    }

    [TestMethod]
    [DataRow("bert", "BertForMaskedLM", "\"model_type\": \"bert\"")]
    [DataRow("bert", "BertModel", "\"model_type\": \"bert\"")]
    [DataRow("roberta", "RobertaForSequenceClassification", "\"model_type\": \"roberta\"")]
    [DataRow("modernbert", "ModernBertForMaskedLM", "\"model_type\": \"modernbert\"")]
    [DataRow("bert", "BertGenerationEncoder", "\"roberta\" (classes Roberta…)")]
    [DataRow("bert", "", "\"bert\" (classes Bert…)")]
    public void A_family_that_is_not_named_is_guessed_from_the_architectures(string family, string architecture, string named)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = Edited(family, "{}");
        TinyModels.EditConfiguration(files, json =>
        {
            json.Remove("model_type");
            json["architectures"] = architecture.Length == 0 ? null : new JsonArray(architecture);
        });
        string message = Refusal(files);
        StringAssert.Contains(message, "'model_type'");
        StringAssert.Contains(message, named);
        Assert.AreEqual(architecture.StartsWith("BertGeneration", StringComparison.Ordinal) || architecture.Length == 0,
            message.Contains("add the family", StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow("bert.encoder.layer.0.attention.self.distance_embedding.weight", "relative positions")]
    [DataRow("bert.encoder.layer.0.crossattention.self.query.weight", "another model's states")]
    [DataRow("bert.encoder.layer.0.attention.self.query.lora_A.default.weight", "LoRA")]
    public void Tensors_that_only_such_a_feature_has_are_refused_though_the_configuration_is_silent(string tensor, string named)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = Edited("bert", "{}");
        bool done = false;
        TinyModels.EditWeights(files, each =>
        {
            TensorToWrite written = done ? each : each with { Name = tensor };
            done = true;
            return written;
        });
        string message = Refusal(files);
        StringAssert.Contains(message, tensor);
        StringAssert.Contains(message, named);
    }

    private static string Refusal(Dictionary<string, ReadOnlyMemory<byte>> files) =>
        Assert.Throws<CheckpointException>(() => EncoderCheckpoint.Load(TinyModels.Files(files), s_engine)).Message;

    private static Dictionary<string, ReadOnlyMemory<byte>> Edited(string family, string properties)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, s_engine);
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.SetConfiguration(files, JsonNode.Parse(properties)!.AsObject());
        return files;
    }
}
