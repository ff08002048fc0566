using Microsoft.ML.Diffusion.Hub;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>What the options leave open is what the environment says, as for Hugging Face's own software.</summary>
[TestClass]
public sealed class HubSettingsTests
{
    private static readonly string s_home = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "home-of-nobody"));

    [TestMethod]
    public void The_cache_is_where_the_variables_say()
    {
        Assert.AreEqual(Below("cache", "hub"), Cache(("HF_HUB_CACHE", Below("cache", "hub")), ("HF_HOME", Below("elsewhere"))));
        Assert.AreEqual(Below("hf", "hub"), Cache(("HF_HOME", Below("hf")), ("XDG_CACHE_HOME", Below("xdg"))));
        Assert.AreEqual(Below("xdg", "huggingface", "hub"), Cache(("XDG_CACHE_HOME", Below("xdg"))));
        Assert.AreEqual(Below(".cache", "huggingface", "hub"), Cache());
        Assert.AreEqual(Below("mine", "hub"), Cache(("HF_HOME", "~/mine")));
        Assert.AreEqual(Below("of-the-options"), Of(new() { CacheDirectory = Below("of-the-options") }, ("HF_HOME", "x")).CacheDirectory);

        static string Cache(params (string, string)[] variables) => Of(new(), variables).CacheDirectory;
    }

    [TestMethod]
    public void The_token_is_of_the_options_the_variable_or_a_file()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["token"], "hf_file\n");
        File.WriteAllText(directory["other"], "hf_other\n");
        (string, string) home = ("HF_HOME", directory.Path);
        Assert.AreEqual("hf_file", Of(new(), home).Token);
        Assert.AreEqual("hf_other", Of(new(), home, ("HF_TOKEN_PATH", directory["other"])).Token);
        Assert.AreEqual("hf_variable", Of(new(), home, ("HF_TOKEN", " hf_variable ")).Token);
        Assert.AreEqual("hf_option", Of(new() { Token = "hf_option" }, home, ("HF_TOKEN", "hf_variable")).Token);
        Assert.IsNull(Of(new() { Token = "" }, home, ("HF_TOKEN", "hf_variable")).Token);
        Assert.IsNull(Of(new(), home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
        Assert.IsNull(Of(new()).Token);
    }

    [TestMethod]
    public void A_token_that_is_none_is_refused_without_being_shown()
    {
        string message = Assert.Throws<HubException>(() => Of(new(), ("HF_TOKEN", "secret\r\nX-Other: 1"))).Message;
        StringAssert.Contains(message, "HF_TOKEN");
        Assert.IsFalse(message.Contains("secret", StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow("1", true)]
    [DataRow("true", true)]
    [DataRow("YES", true)]
    [DataRow("0", false)]
    [DataRow("", false)]
    public void Offline_is_a_word_for_yes(string value, bool expected)
    {
        Assert.AreEqual(expected, Of(new(), ("HF_HUB_OFFLINE", value)).Offline);
        Assert.IsFalse(Of(new() { Offline = false }, ("HF_HUB_OFFLINE", value)).Offline);
    }

    [TestMethod]
    [DataRow("https://hub.example/", "https://hub.example/")]
    [DataRow("https://hub.example/api/hf", "https://hub.example/api/hf/")]
    [DataRow("http://localhost:8080", "http://localhost:8080/")]
    [DataRow("http://[::1]:8080", "http://[::1]:8080/")]
    public void An_endpoint_is_https_or_this_machine(string given, string expected)
    {
        Assert.AreEqual(expected, Of(new(), ("HF_ENDPOINT", given)).Endpoint.ToString());
        Assert.AreEqual(expected, Of(new() { Endpoint = given }).Endpoint.ToString());
        Assert.AreEqual("https://huggingface.co/", Of(new()).Endpoint.ToString());
    }

    [TestMethod]
    [DataRow("http://hub.example")]
    [DataRow("http://localhost.example")]
    [DataRow("http://10.0.0.1")]
    [DataRow("hub.example")]
    [DataRow("ftp://localhost")]
    [DataRow("https://user:secret@hub.example")]
    [DataRow("https://hub.example?x=1")]
    public void Other_endpoints_are_refused(string given)
    {
        string message = Assert.Throws<HubException>(() => Of(new(), ("HF_ENDPOINT", given))).Message;
        StringAssert.Contains(message, "HF_ENDPOINT");
        StringAssert.Contains(message, "expected the address of a hub");
        Assert.IsFalse(message.Contains("secret", StringComparison.Ordinal));
    }

    private static HubSettings Of(HubOptions options, params (string Name, string Value)[] variables) =>
        HubSettings.Of(options, variables.ToDictionary(each => each.Name, each => each.Value).GetValueOrDefault, s_home);

    private static string Below(params string[] names) => Path.Combine([s_home, .. names]);
}
