using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>ModernBERT's layers and rotary bases as Transformers 4.x writes them and as 5 does: equal where they say the same,
/// refused where they contradict.</summary>
[TestClass]
public sealed class ModernBertConfigurationTests
{
    private const int Layers = 4;
    private static readonly string[] s_old =
        ["global_attn_every_n_layers", "global_rope_theta", "local_rope_theta", "layer_types", "rope_parameters"];
    private static readonly int[][] s_batch = [[3, 14, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9], [2, 7, 1, 8, 2, 8]];
    private static readonly Engine s_engine = CpuEngine.Create(1);

    [TestMethod]
    [DataRow("""{"global_attn_every_n_layers": 3}""", """{"layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]}""")]
    [DataRow("""{"global_attn_every_n_layers": 2}""", """{"layer_types": ["full_attention", "sliding_attention", "full_attention", "sliding_attention"]}""")]
    [DataRow("""{"global_attn_every_n_layers": 1}""", """{"layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"]}""")]
    [DataRow("""{"global_attn_every_n_layers": 9}""", """{"layer_types": ["full_attention", "sliding_attention", "sliding_attention", "sliding_attention"], "global_attn_every_n_layers": 7}""")]
    [DataRow("""{}""", """{"global_attn_every_n_layers": 3, "global_rope_theta": 160000, "local_rope_theta": 10000}""")]
    [DataRow("""{"global_rope_theta": 80000, "local_rope_theta": 5000}""",
        """{"rope_parameters": {"full_attention": {"rope_theta": 80000.0, "rope_type": "default"}, "sliding_attention": {"rope_theta": 5000, "rope_type": "default"}}}""")]
    [DataRow("""{"global_rope_theta": 80000, "local_rope_theta": 5000}""",
        """{"rope_parameters": {"full_attention": {"rope_theta": 80000}, "sliding_attention": {"type": "default", "rope_theta": 5000}}, "global_rope_theta": 80000, "local_rope_theta": 5000}""")]
    [DataRow("""{"global_rope_theta": 80000, "local_rope_theta": null}""", """{"global_rope_theta": 80000, "local_rope_theta": 80000}""")]
    [DataRow("""{"global_rope_theta": 80000, "local_rope_theta": 80000}""",
        """{"rope_parameters": {"full_attention": {"rope_theta": 80000}, "sliding_attention": {"rope_theta": null}}}""")]
    [DataRow("""{"global_rope_theta": 80000}""", """{"rope_parameters": {"full_attention": {"rope_theta": 80000}}, "rope_scaling": null}""")]
    [DataRow("""{"global_rope_theta": 80000, "local_rope_theta": 7000}""",
        """{"rope_parameters": {"sliding_attention": {"rope_theta": 7000}, "full_attention": null}, "global_rope_theta": 80000}""")]
    public void Two_spellings_of_one_model_score_alike(string one, string other)
    {
        float[] expected = Logits(one);
        Comparison.AssertSameBits(expected, Logits(other), "logits");
        Assert.IsFalse(expected.SequenceEqual(Logits("""{"global_attn_every_n_layers": 4, "global_rope_theta": 777, "local_rope_theta": 77}""")));
    }

    [TestMethod]
    [DataRow("full", "sliding", "sliding", "sliding")]
    [DataRow("sliding", "full", "full", "sliding")]
    [DataRow("sliding", "sliding", "sliding", "sliding")]
    [DataRow("full", "full", "sliding", "full")]
    public void Any_pattern_of_layers_is_read_and_comes_back_as_it_was_saved(params string[] types)
    {
        var list = new JsonArray([.. types.Select(type => (JsonNode)$"{type}_attention")]);
        Dictionary<string, ReadOnlyMemory<byte>> files = FilesWith(new JsonObject { ["layer_types"] = list });
        using MaskedLanguageModel model = EncoderCheckpoint.Load(TinyModels.Files(files), s_engine);
        for (int layer = 0; layer < Layers; layer++)
        {
            Assert.AreEqual(types[layer] == "full", model.Configuration.Attention.GlobalLayers.Contains(layer));
            Assert.AreEqual(types[layer] == "full" ? 160000 : 10000, model.Configuration.Attention.Theta(layer));
            Assert.AreEqual(types[layer] == "full" ? int.MaxValue : 2, model.Configuration.Attention.Reach(layer));
        }
        using MaskedLanguageModel again = EncoderCheckpoint.Load(TinyModels.Files(TinyModels.Save(model)), s_engine);
        Assert.AreEqual(model.Configuration, again.Configuration);
        Comparison.AssertSameBits(SmallModels.Logits(model, s_batch), SmallModels.Logits(again, s_batch), "logits");
    }

    [TestMethod]
    [DataRow("""{"layer_types": ["full_attention", "sliding_attention", "full_attention", "sliding_attention"], "global_attn_every_n_layers": 3}""", "'layer_types'", "'global_attn_every_n_layers'", "contradict")]
    [DataRow("""{"layer_types": ["full_attention", "sliding_attention"]}""", "'layer_types'", "4 layers")]
    [DataRow("""{"layer_types": ["full_attention", "chunked_attention", "full_attention", "sliding_attention"]}""", "chunked_attention", "not supported")]
    [DataRow("""{"layer_types": "full_attention"}""", "'layer_types'", "a list of texts")]
    [DataRow("""{"rope_parameters": {"full_attention": {"rope_theta": 80000}}, "global_rope_theta": 160000}""", "'rope_parameters'", "'global_rope_theta'", "contradict")]
    [DataRow("""{"rope_parameters": {"sliding_attention": {"rope_theta": 80000}}, "local_rope_theta": 10000}""", "'rope_parameters'", "'local_rope_theta'", "contradict")]
    [DataRow("""{"rope_parameters": {"sliding_attention": {"rope_theta": 5000}}, "local_rope_theta": null}""", "'rope_parameters'", "'local_rope_theta'", "contradict")]
    [DataRow("""{"rope_parameters": {"full_attention": {"rope_theta": 80000, "rope_type": "yarn", "factor": 4}}}""", "yarn", "\"default\"")]
    [DataRow("""{"rope_parameters": {"sliding_attention": {"type": "linear", "rope_theta": 80000}}}""", "linear", "\"default\"")]
    [DataRow("""{"rope_parameters": {"rope_theta": 80000, "rope_type": "default"}}""", "rope_theta", "\"full_attention\" and \"sliding_attention\"")]
    [DataRow("""{"rope_parameters": {"full_attention": {"rope_theta": 80000, "partial_rotary_factor": 0.5}}}""", "partial_rotary_factor")]
    [DataRow("""{"rope_scaling": {"type": "dynamic", "factor": 2.0}}""", "dynamic", "rope_scaling")]
    [DataRow("""{"local_attention": 8, "sliding_window": 8}""", "'sliding_window'", "half of local_attention")]
    public void What_cannot_be_honored_is_refused_by_name(string properties, params string[] named)
    {
        string message = Assert.Throws<CheckpointException>(() => Logits(properties)).Message;
        foreach (string part in named)
            StringAssert.Contains(message, part);
    }

    private static float[] Logits(string properties)
    {
        using MaskedLanguageModel model =
            EncoderCheckpoint.Load(TinyModels.Files(FilesWith(JsonNode.Parse(properties)!.AsObject())), s_engine);
        return SmallModels.Logits(model, s_batch);
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> FilesWith(JsonObject properties)
    {
        using MaskedLanguageModel model = SmallModels.Create("modernbert", s_engine, change: c => c with { Layers = Layers });
        Dictionary<string, ReadOnlyMemory<byte>> files = TinyModels.Save(model);
        TinyModels.EditConfiguration(files, json =>
        {
            foreach (string name in s_old)
                json.Remove(name);
        });
        TinyModels.SetConfiguration(files, properties);
        return files;
    }
}
