using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class LabelSetTests
{
    [TestMethod]
    public void Names_and_outputs_match()
    {
        var labels = new LabelSet(["sad", "glad"]);
        Assert.AreEqual(2, labels.Count);
        Assert.AreEqual("glad", labels[1]);
        Assert.AreEqual(1, labels.IndexOf("glad"));
        Assert.IsFalse(labels.TryIndexOf("Glad", out _));
        CollectionAssert.AreEqual(new[] { "sad", "glad" }, labels.ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => labels[2]);
    }

    [TestMethod]
    public void Labels_of_data_are_in_ordinal_order() =>
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "O", "a" }, LabelSet.FromData(["a", "O", "I-PER", "O", "B-PER"]).ToArray());

    [TestMethod]
    public void An_unknown_label_is_named_with_those_expected()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => new LabelSet(["sad", "glad"]).IndexOf("mad")).Message;
        StringAssert.Contains(message, "'mad' is not a label; expected one of 'sad', 'glad'.");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new LabelSet(Enumerable.Range(0, 100).Select(i => $"{i}")).IndexOf("x")).Message,
            "'11' and 88 more.");
    }

    [TestMethod]
    public void Bad_sets_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new LabelSet([]));
        Assert.ThrowsExactly<ArgumentException>(() => new LabelSet(["a", ""]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new LabelSet(["a", "b", "a"])).Message,
            "Labels 0 and 2 are both 'a'");
    }
}
