using Microsoft.ML.Diffusion.Hub;

namespace Microsoft.ML.Diffusion.Tests.Hub;

[TestClass]
public sealed class HubNamesTests
{
    [TestMethod]
    [DataRow("bert-base-uncased")]
    [DataRow("sentence-transformers/all-MiniLM-L6-v2")]
    [DataRow("a/b_c.d")]
    public void Names_of_models_are_taken(string name) => HubNames.CheckRepository(name);

    [TestMethod]
    [DataRow("a/b/c")]
    [DataRow("../b")]
    [DataRow("a/..")]
    [DataRow("/b")]
    [DataRow("a/")]
    [DataRow("a--b/c")]
    [DataRow("a/b..c")]
    [DataRow("-a/b")]
    [DataRow("a/b.")]
    [DataRow("a/b.git")]
    [DataRow("a\\b")]
    [DataRow("a/b?x")]
    [DataRow("a/b c")]
    [DataRow("https://huggingface.co/a/b")]
    [DataRow("a/üb")]
    public void Other_names_are_refused_with_what_to_do(string name) =>
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => HubNames.CheckRepository(name)).Message, "expected owner/name");

    [TestMethod]
    public void A_name_has_at_most_96_characters()
    {
        HubNames.CheckRepository(new string('a', 96));
        Assert.Throws<ArgumentException>(() => HubNames.CheckRepository(new string('a', 97)));
        Assert.Throws<ArgumentException>(() => HubNames.CheckRepository(""));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("..")]
    [DataRow("../../x")]
    [DataRow("a..b")]
    [DataRow("-x")]
    [DataRow("a//b")]
    [DataRow("a\\b")]
    [DataRow("a b ")]
    [DataRow("con")]
    public void Revisions_that_cannot_be_one_are_refused(string revision) =>
        Assert.Throws<ArgumentException>(() => HubNames.CheckRevision(revision));

    [TestMethod]
    [DataRow("CON")]
    [DataRow("a/nul.txt")]
    [DataRow("com1.json")]
    [DataRow("LPT9")]
    [DataRow("a.")]
    [DataRow("a ")]
    [DataRow("a:b")]
    [DataRow("a*b")]
    [DataRow("/a")]
    public void Paths_that_some_system_cannot_have_are_not_safe(string path) => Assert.IsFalse(HubNames.IsSafePath(path));

    [TestMethod]
    [DataRow("1_Pooling/config.json")]
    [DataRow("console.json")]
    [DataRow("com10")]
    [DataRow(".gitattributes")]
    public void Ordinary_paths_are_safe(string path) => Assert.IsTrue(HubNames.IsSafePath(path));

    [TestMethod]
    public void A_commit_is_40_lowercase_digits()
    {
        Assert.IsTrue(HubNames.IsCommit(new('f', 40)));
        Assert.IsFalse(HubNames.IsCommit(new('f', 39)));
        Assert.IsFalse(HubNames.IsCommit(new('F', 40)));
        Assert.IsFalse(HubNames.IsCommit(new('g', 40)));
        Assert.IsFalse(HubNames.IsCommit(null));
    }
}
