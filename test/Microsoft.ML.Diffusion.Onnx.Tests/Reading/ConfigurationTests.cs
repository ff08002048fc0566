using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>The configuration that a graph shows, and the config.json beside the tokenizer.</summary>
[TestClass]
public sealed class ConfigurationTests
{
    private const string Bert = """
        {"model_type": "bert", "vocab_size": 24, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
            "intermediate_size": 12,
         "max_position_embeddings": 24, "type_vocab_size": 2, "hidden_act": "gelu", "hidden_dropout_prob": 0.3,
         "id2label": {"0": "bad", "1": "fair", "2": "good"}, "problem_type": "multi_label_classification"}
        """;

    [TestMethod]
    [DataRow("bert", "bert", "BertModel")]
    [DataRow("bert-mean", "bert", "BertModel")]
    [DataRow("bert-half", "bert", "BertForTokenClassification")]
    [DataRow("bert-qa", "bert", "BertForQuestionAnswering")]
    [DataRow("roberta-mlm", "roberta", "RobertaForMaskedLM")]
    [DataRow("distilbert-seq", "distilbert", "DistilBertForSequenceClassification")]
    [DataRow("electra-mlm", "electra", "ElectraForMaskedLM")]
    [DataRow("albert-mlm", "albert", "AlbertForMaskedLM")]
    [DataRow("modernbert-seq", "modernbert", "ModernBertForSequenceClassification")]
    public void The_family_and_the_head_follow_from_the_graph(string name, string family, string architecture)
    {
        ConfigurationJson json = Load(name).Files.OpenConfiguration();
        Assert.AreEqual(family, EncoderFamily.Of(json).ModelType);
        using JsonDocument document = Document(Load(name));
        Assert.AreEqual(architecture, document.RootElement.GetProperty("architectures")[0].GetString());
    }

    [TestMethod]
    public void Windows_and_rotary_bases_are_found()
    {
        EncoderConfiguration configuration = EncoderCheckpoint.ReadConfiguration(Load("modernbert").Files);
        Assert.AreEqual(8, configuration.Attention.LocalWindow);
        Assert.AreEqual(LayerPattern.Every(3), configuration.Attention.GlobalLayers);
        Assert.AreEqual(160000, configuration.Attention.GlobalTheta);
        Assert.AreEqual(10000, configuration.Attention.LocalTheta);
        Assert.IsFalse(configuration.Norm.HasBias);
    }

    [TestMethod]
    public void Half_precision_weights_stay_so()
    {
        EncoderModel model = Load("bert-half");
        using ModelFile weights = model.Files.Open("model.safetensors");
        string header = System.Text.Encoding.UTF8.GetString(weights.ReadAllBytes(1 << 20).AsSpan(8, 2000));
        Assert.Contains("F16", header);
        Assert.DoesNotContain("F32", header);
    }

    [TestMethod]
    public void The_given_configuration_says_what_the_graph_cannot()
    {
        EncoderModel model = Load("bert-seq", Bert);
        ConfigurationJson json = model.Files.OpenConfiguration();
        TaskConfiguration task = TaskConfiguration.Read(json, TaskKind.SequenceClassification);
        CollectionAssert.AreEqual(new[] { "bad", "fair", "good" }, task.Labels.ToArray());
        Assert.AreEqual("multi_label_classification", task.Problem);
        Assert.AreEqual(0.3, EncoderCheckpoint.ReadConfiguration(model.Files).Embeddings.Dropout);
        using var pair = new ModelPair(Fixture.Read("bert-seq"), model);
        pair.Compare(1, 7, 12).AssertEqual();
    }

    [TestMethod]
    [DataRow("\"num_attention_heads\": 2", "\"num_attention_heads\": 4", "number of heads")]
    [DataRow("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "number of layers")]
    [DataRow("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", "activation")]
    [DataRow("\"vocab_size\": 24", "\"vocab_size\": 25", "vocabulary")]
    [DataRow("\"max_position_embeddings\": 24", "\"max_position_embeddings\": 512", "longest sequence")]
    [DataRow("\"type_vocab_size\": 2", "\"layer_norm_eps\": 0.001", "epsilon")]
    [DataRow("\"model_type\": \"bert\"", "\"model_type\": \"roberta\"", "positions from row 0")]
    public void A_configuration_of_another_model_is_refused(string from, string to, string expected)
    {
        CheckpointException refused = Assert.ThrowsExactly<CheckpointException>(() => Load("bert-seq", Bert.Replace(from, to,
            StringComparison.Ordinal)));
        Assert.Contains(expected, refused.Message);
        Assert.Contains("expected", refused.Message);
    }

    private static EncoderModel Load(string name, string? configuration = null) =>
        EncoderModel.FromOnnx(new MemoryStream(Fixture.Read(name)), Fixture.Tokenizer(configuration));

    private static JsonDocument Document(EncoderModel model)
    {
        using ModelFile file = model.Files.Open("config.json");
        return JsonDocument.Parse(file.ReadAllBytes(1 << 20));
    }
}
