using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using static Microsoft.ML.Diffusion.Tests.Checkpoints.SafeTensorsBytes;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class ConfigurationJsonTests
{
    private const string Sample =
        """{"hidden_size":768,"layer_norm_eps":1e-12,"tie_word_embeddings":true,"hidden_act":"gelu","classifier_dropout":null,"architectures":["BertForMaskedLM"],"layers":[0,3],"rope":{"theta":10000.0}}""";

    [TestMethod]
    public void Every_type_is_read()
    {
        ConfigurationJson config = Parse(Sample);
        Assert.AreEqual("config.json", config.Name);
        Assert.AreEqual(768, config.Int("hidden_size"));
        Assert.AreEqual(1e-12, config.Double("layer_norm_eps"));
        Assert.AreEqual(768.0, config.Double("hidden_size"));
        Assert.IsTrue(config.Bool("tie_word_embeddings"));
        Assert.AreEqual("gelu", config.String("hidden_act", null, "relu", "gelu"));
        Assert.AreEqual(0.1, config.Double("classifier_dropout", 0.1));
        Assert.AreEqual(12, config.Int("absent", 12));
        Assert.IsFalse(config.Bool("absent", false));
        Assert.AreEqual("x", config.String("absent", "x"));
        CollectionAssert.AreEqual(new[] { "BertForMaskedLM" }, config.Strings("architectures").ToArray());
        CollectionAssert.AreEqual(new[] { 0, 3 }, config.Ints("layers", minimum: 0).ToArray());
        Assert.IsEmpty(config.Strings("absent"));
        Assert.AreEqual(10000.0, config.Section("rope").Double("theta"));
        Assert.IsTrue(config.Has("rope"));
        Assert.IsFalse(config.Has("classifier_dropout"));
        Assert.HasCount(8, config.PropertyNames);
        Assert.AreEqual(1, ConfigurationJson.Parse([0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8], "bom").Int("a"));
    }

    [TestMethod]
    public void Every_wrong_value_is_named_with_what_was_expected()
    {
        ConfigurationJson config = Parse(Sample);
        Refused(() => config.Int("absent", minimum: 1), "'absent'", "no property", "a whole number from 1");
        Refused(() => config.Int("hidden_act"), "'hidden_act'", "'\"gelu\"'", "a whole number");
        Refused(() => config.Int("hidden_size", maximum: 100), "'hidden_size'", "'768'", "to 100");
        Refused(() => config.Int("layer_norm_eps"), "'layer_norm_eps'", "'1e-12'", "a whole number");
        Refused(() => config.Double("layer_norm_eps", minimum: 1e-6, maximum: 1), "'layer_norm_eps'", "'1e-12'", "1E-06 to 1");
        Refused(() => config.Double("rope"), "'rope'", "an object", "a finite number");
        Refused(() => config.Bool("hidden_size"), "'hidden_size'", "true or false");
        Refused(() => config.String("hidden_act", null, "relu", "silu"), "'hidden_act'", "\"relu\", \"silu\"");
        Refused(() => config.String("hidden_size"), "'hidden_size'", "a text");
        Refused(() => config.Strings("layers"), "'layers'", "a list of 2", "a list of texts");
        Refused(() => config.Ints("layers", maximum: 2), "'layers'", "to 2");
        Refused(() => config.Section("layers"), "'layers'", "an object");
        Refused(() => config.Section("rope").Int("missing"), "'rope.missing'");
        StringAssert.Contains(config.Error("hidden_size", "a multiple of 7").Message, "'hidden_size' is '768'; expected a multiple of 7");
        Refused(() => Parse("""{"a":1e999}""").Double("a"), "'a'", "1e999");
        Refused(() => Parse("""{"a":99999999999}""").Int("a"), "'a'", "99999999999");
        Refused(() => Parse("""{"a":"\ud800"}""").String("a"), "'a'", "a text");
    }

    [TestMethod]
    public void What_is_no_sound_object_is_refused()
    {
        Refused(() => Parse("[1]"), "a list of 1", "a JSON object");
        Refused(() => Parse(""), "JSON");
        Refused(() => Parse("{\"a\":1"), "JSON");
        Refused(() => Parse("{\"a\":1,\"a\":2}"), "uplicate", "a");
        Refused(() => Parse("{\"a\":NaN}"), "JSON");
        Refused(() => Parse("""{"\ud800":1,"b\ud800":2,"c":3}""").Int("long name, absent"), "config.json");
        Refused(() => Parse("""{"\ud800":1,"b\ud800":2,"c":3}""").PropertyNames, "config.json");
        Refused(() => Parse(string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40)), "depth of 32");
        Refused(() => Parse(new string('[', 500_000)), "depth of 32");
        Refused(() => ConfigurationJson.Parse([(byte)'{', (byte)'"', 0xC0, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "config.json"),
            "UTF-8");
        Refused(() => Parse("{\"a\":\"" + new string('x', 1 << 20) + "\"}"), "at most 1,048,576");
        Refused(() => Parse("version https://git-lfs.github.com/spec/v1\n"), "Git LFS");
        Refused(() => Parse("{\"a\":[" + string.Join(',', Enumerable.Repeat("1", 200_000)) + "]}"), "100,000 JSON values");
    }

    [TestMethod]
    public void A_file_on_disk_is_read_and_not_kept_open()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["config.json"], Sample);
        ConfigurationJson config = ConfigurationJson.Open(directory["config.json"]);
        File.Delete(directory["config.json"]);
        Assert.AreEqual("gelu", config.String("hidden_act"));
        Refused(() => ConfigurationJson.Open(directory["config.json"]), "does not exist");
    }

    private static ConfigurationJson Parse(string json) => ConfigurationJson.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    private static void Refused(Func<object> action, params string[] words) =>
        AssertExplains(Assert.ThrowsExactly<CheckpointException>(action), ["config.json", .. words]);
}
