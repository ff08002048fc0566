using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class NormalizationFormCTests
{
    // From UAX 15 and NormalizationTest.txt.
    [TestMethod]
    [DataRow("e\u0301", "\u00E9")]
    [DataRow("\u212B\u2126", "\u00C5\u03A9")]
    [DataRow("\u1E0A\u0323", "\u1E0C\u0307")]
    [DataRow("D\u0307\u0323", "\u1E0C\u0307")]
    [DataRow("a\u0302\u0323b", "\u1EADb")]
    [DataRow("\u1100\u1161\u11A8", "\uAC01")]
    [DataRow("\uAC00\u11A7\u11A8", "\uAC00\u11A7\u11A8")]
    [DataRow("\u0958", "\u0915\u093C")]
    [DataRow("\u09C7\u09BE", "\u09CB")]
    [DataRow("\u0344", "\u0308\u0301")]
    [DataRow("\u0301a", "\u0301a")]
    [DataRow("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [DataRow("\U00011099\U000110BA", "\U0001109A")]
    [DataRow("\U0001D15E", "\U0001D157\U0001D165")]
    [DataRow("", "")]
    public void Form_IsAsTheStandardSays(string text, string expected)
    {
        var form = new NormalizationFormC();
        form.Set(text);
        Assert.AreEqual(expected, form.Text.ToString());
    }

    [TestMethod]
    public void Form_IsItsOwnForm_AndItsPlacesCoverTheText()
    {
        var form = new NormalizationFormC();
        foreach (string text in TextSamples.WellFormed(5_000, seed: 12))
        {
            Assert.AreEqual(0, form.Set(text));
            string once = form.Text.ToString();
            bool[] covered = new bool[text.Length];
            for (int i = 0; i < once.Length; i++)
                covered.AsSpan(form.Starts[i]..form.Ends[i]).Fill(true);
            Assert.IsFalse(covered.Contains(false), text);
            form.Set(once);
            Assert.AreEqual(once, form.Text.ToString());
            if (NormalizationFormC.IsPlain(text))
                Assert.AreEqual(text, once);
        }
    }

    [TestMethod]
    public void ByteLevelBpe_WithTheForm_EncodesIt_AndKeepsThePlaces()
    {
        ByteLevelBpeTokenizer plain = TextSamples.SmallBpe();
        string json = Encoding.UTF8.GetString(TextFiles.Get(plain.ToFiles(), "tokenizer.json"))
            .Replace("\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}", StringComparison.Ordinal);
        Tokenizer tokenizer = Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", json)));
        TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
        var form = new NormalizationFormC();
        var output = new TokenList();
        var expected = new TokenList();
        foreach (string text in TextSamples.WellFormed(3_000, seed: 13))
        {
            form.Set(text);
            output.Clear();
            expected.Clear();
            tokenizer.Encode(text, output);
            plain.Encode(form.Text, expected);
            CollectionAssert.AreEqual(expected.Ids.ToArray(), output.Ids.ToArray(), text);
            for (int i = 0; i < output.Count; i++)
                Assert.IsTrue(output.Starts[i] >= 0 && output.Starts[i] <= output.Ends[i] && output.Ends[i] <= text.Length);
        }
        output.Clear();
        tokenizer.Encode("the cafe\u0301 the", output);
        Assert.AreEqual((10, 13), (output.Starts[output.Count - 1], output.Ends[output.Count - 1]));
        output.Clear();
        Assert.AreEqual(1, tokenizer.Encode("e\u0301\uD800", output));
        Assert.AreEqual("\u00E9\uFFFD", tokenizer.Decode(output.Ids));
    }
}
