using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Infilling;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class TextTemplateTests
{
    [TestMethod]
    public void Gaps_and_braces_are_read()
    {
        var template = TextTemplate.Parse("The {3} sat on {2..4}{}, {{so}} to }}say{{.{1..1}");
        CollectionAssert.AreEqual(new[] { "The ", " sat on ", "", ", {so} to }say{.", "" }, template.Pieces.ToArray());
        CollectionAssert.AreEqual(new[] { new TextGap(3), new TextGap(2, 4), TextGap.Default, new TextGap(1) }, template.Gaps.ToArray());
        Assert.AreEqual("The {3} sat on {2..4}{}, {{so}} to }}say{{.{1}", template.ToString());
        Assert.IsEmpty(TextTemplate.Parse("").Gaps);
        CollectionAssert.AreEqual(new[] { "{}" }, TextTemplate.Parse("{{}}").Pieces.ToArray());
        CollectionAssert.AreEqual(new[] { "{", "}" }, TextTemplate.Parse("{{{1}}}").Pieces.ToArray());
    }

    [TestMethod]
    public void Generated_templates_round_trip()
    {
        const string alphabet = "{}{}ab .\n\ud83d\ude00";
        for (ulong i = 0; i < 2000; i++)
        {
            int at = 0;
            int Draw(int count) => (int)(Philox.Uniform(9, i, (ulong)at++) * count);
            TextGap[] gaps =
                [.. Enumerable.Range(0, Draw(5))
                    .Select(_ => Draw(3) switch { 0 => TextGap.Default, 1 => new TextGap(1 + Draw(20)),
                        _ => new TextGap(1 + Draw(9), 10 + Draw(9)) })];
            string[] pieces = [.. Enumerable.Range(0, gaps.Length + 1)
                .Select(_ => new string([.. Enumerable.Range(0, Draw(6)).Select(_ => alphabet[Draw(alphabet.Length)])]))];
            string text = new TextTemplate(pieces, gaps).ToString();
            var read = TextTemplate.Parse(text);
            CollectionAssert.AreEqual(pieces, read.Pieces.ToArray(), text);
            CollectionAssert.AreEqual(gaps, read.Gaps.ToArray(), text);
            Assert.AreEqual(text, read.ToString());
            string piece = string.Concat(pieces);
            CollectionAssert.AreEqual(new[] { piece }, TextTemplate.Parse(TextTemplate.Escape(piece)).Pieces.ToArray());
        }
    }

    [TestMethod]
    [DataRow("a } b", "Position 2", "'}' without a '{'")]
    [DataRow("ab{3", "Position 2", "'{' without a '}'")]
    [DataRow("{{ {0}", "Position 3", "'{0}' is not a gap")]
    [DataRow("{-1}", "Position 0", "is not a gap")]
    [DataRow("{4..3}", "Position 0", "is not a gap")]
    [DataRow("{3..}", "Position 0", "is not a gap")]
    [DataRow("{..3}", "Position 0", "is not a gap")]
    [DataRow("{ 3}", "Position 0", "is not a gap")]
    [DataRow("{+3}", "Position 0", "is not a gap")]
    [DataRow("{99999999999}", "Position 0", "is not a gap")]
    [DataRow("{name}", "Position 0", "'{{' for a brace")]
    [DataRow("{", "Position 0", "without a '}'")]
    public void A_text_that_is_no_template_is_refused_with_its_position(string text, string position, string expected)
    {
        FormatException error = Assert.ThrowsExactly<FormatException>(() => TextTemplate.Parse(text));
        StringAssert.Contains(error.Message, position);
        StringAssert.Contains(error.Message, expected);
        Assert.IsFalse(TextTemplate.TryParse(text, out TextTemplate? template, out string? reported));
        Assert.IsNull(template);
        Assert.AreEqual(error.Message, reported);
    }

    [TestMethod]
    public void Parts_that_make_no_sense_are_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new TextTemplate(["a"], [new TextGap(1)])).Message,
            "1 pieces and 1 gaps");
        Assert.ThrowsExactly<ArgumentNullException>(() => new TextTemplate(["a", null!], [new TextGap(1)]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TextGap(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TextGap(3, 2));
    }
}
