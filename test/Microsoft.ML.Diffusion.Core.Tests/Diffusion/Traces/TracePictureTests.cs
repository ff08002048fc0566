using System.Globalization;
using System.Xml.Linq;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class TracePictureTests
{
    private const int Mask = 0;

    public static IEnumerable<object[]> Pictures =>
        [[(Func<DenoisingTrace, string>)TracePicture.ToSvg], [(Func<DenoisingTrace, string>)TracePicture.ToAnimatedSvg]];

    [TestMethod]
    [DynamicData(nameof(Pictures))]
    public void It_is_well_formed_whatever_the_text(Func<DenoisingTrace, string> draw)
    {
        string[] texts = ["", "a<b", " &amp;", " \"x\"", " 'y'", " 😀", " \ud800z", "\udc00", " שלום", " \0\u001b", "\n", "\t", " 漢字",
            " e\u0301", "]]>", "-->", "\uFFFE", "   ", " end"];
        XDocument svg = XDocument.Parse(draw(Trace(texts, [.. Enumerable.Range(1, texts.Length - 1)])));
        string[] shown = [.. Elements(svg, "text").Select(text => text.Value)];
        foreach (string part in new[] { "a<b", "&amp;", "\"x\"", "'y'", "😀", "\uFFFDz", "שלום", "\uFFFD\uFFFD", "↵", "⇥", "漢字", "e\u0301",
            "]]>", "-->", "end" })
            Assert.IsTrue(shown.Any(text => text.Contains(part, StringComparison.Ordinal)), part);
        Assert.AreEqual(0, svg.Descendants().Count(element => element.Name.LocalName is "script" or "image" or "foreignObject"));
        Assert.IsFalse(svg.ToString().Contains("http", StringComparison.Ordinal) && svg.Root!.Attributes()
            .Any(attribute => !attribute.IsNamespaceDeclaration && attribute.Value.Contains("http", StringComparison.Ordinal)));
        StringAssert.Contains(svg.ToString(), "prefers-color-scheme:dark");
    }

    [TestMethod]
    [DynamicData(nameof(Pictures))]
    public void Everything_is_inside_and_nothing_lies_over_another(Func<DenoisingTrace, string> draw)
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => i == 0 ? "" : $" {new string((char)('a' + i % 26), i % 17 + 1)}")];
        XDocument svg = XDocument.Parse(draw(Trace(texts, [.. Enumerable.Range(1, 199)])));
        double width = Number(svg.Root!, "width"), height = Number(svg.Root!, "height");
        List<(double Left, double Right, double Y)> placed = [];
        foreach (XElement text in Elements(svg, "text"))
        {
            double left = Number(text, "x"), right = left + (text.Attribute("textLength") is null ? 8.4 : Number(text, "textLength")),
                y = Number(text, "y");
            Assert.IsTrue(left >= 0 && right <= width && y >= 0 && y <= height, text.ToString());
            if (text.Value.Length > 1 && char.IsLetter(text.Value[0]) &&
                text.Attribute("class")?.Value.Contains("note", StringComparison.Ordinal) != true)
                placed.Add((left, right, y));
        }
        foreach (IGrouping<double, (double Left, double Right, double Y)> line in placed.GroupBy(text => text.Y))
        {
            (double Left, double Right, double Y)[] ordered = [.. line.OrderBy(text => text.Left)];
            for (int i = 1; i < ordered.Length; i++)
                Assert.IsGreaterThanOrEqualTo(ordered[i - 1].Right - .2, ordered[i].Left);
        }
    }

    [TestMethod]
    public void The_last_step_shows_the_text_in_its_colors_and_the_first_the_masks()
    {
        string[] texts = ["", " one", " two", " three", " four"];
        XDocument svg = XDocument.Parse(TracePicture.ToSvg(Trace(texts, [1, 2, 3, 4])));
        Assert.AreEqual("one two three four", Elements(svg, "title").Single().Value);
        double[] rows = [.. Elements(svg, "text").Where(text => text.Attribute("class")?.Value == "note" && char.IsDigit(text.Value[0]))
            .Select(text => Number(text, "y"))];
        Assert.HasCount(5, rows, "the start and each of four steps");
        Assert.AreEqual(1 + 2 + 3 + 4, Elements(svg, "text").Where(text => text.Attribute("class") is null)
            .Sum(text => text.Value.Split(' ').Length));
        XElement[] masks = [.. Elements(svg, "path")];
        Assert.HasCount(4, masks, "none after the last step");
        Assert.AreEqual(4, masks[0].Attribute("d")!.Value.Count(c => c == 'M'));
        string[] last =
            [.. Elements(svg, "rect").Where(rect => rect.Attribute("class")!.Value.EndsWith("fresh", StringComparison.Ordinal) &&
                Math.Abs(Number(rect, "y") - rows[^1]) < 20).Select(rect => rect.Attribute("class")!.Value)];
        Assert.HasCount(4, last.Distinct());
    }

    [TestMethod]
    public void Bars_are_as_long_as_a_token_was_probable()
    {
        XDocument svg = XDocument.Parse(TracePicture.ToSvg(Trace(["", "abcd", "abcdefgh"], [1, 2])));
        double[] bars =
            [.. Elements(svg, "rect").Where(rect => rect.Attribute("height")!.Value == "2").Select(rect => Number(rect, "width")).Take(2)];
        Assert.AreEqual(4 * 8.4 * .5, bars[0], .06);
        Assert.AreEqual(8 * 8.4 * .25, bars[1], .06);
    }

    [TestMethod]
    public void A_moving_picture_shows_what_stands_there_when()
    {
        // Position 0 is written at step 1, masked again at 2, written otherwise at 3.
        DenoisingTrace trace = new(Mask, 3, true, [Mask, 3],
            [new(1, [new(0, 1, .5f, TraceChangeKind.Written)]), new(2, [new(0, Mask, float.NaN, TraceChangeKind.MaskedAgain)]),
                new(3, [new(0, 2, .5f, TraceChangeKind.Written)])],
            new Dictionary<int, string> { [Mask] = "", [1] = "first", [2] = "second", [3] = " given" });
        XDocument svg = XDocument.Parse(TracePicture.ToAnimatedSvg(trace));
        string style = Elements(svg, "style").Single().Value;
        Assert.AreEqual(2, Elements(svg, "path").Count());
        XElement first = Elements(svg, "text").Single(text => text.Value == "first"), second = Elements(svg, "text")
            .Single(text => text.Value == "second"), given = Elements(svg, "text").Single(text => text.Value == "given");
        StringAssert.Contains(first.Attribute("class")!.Value, "gone");
        Assert.IsFalse(second.Attribute("class")!.Value.Contains("gone", StringComparison.Ordinal),
            "what came out is seen without animation");
        Assert.AreEqual("given", given.Attribute("class")!.Value);
        foreach (XElement text in new[] { first, second })
            StringAssert.Contains(style, $"@keyframes {text.Attribute("class")!.Value.Split(' ').Single(name => name.StartsWith('s'))}{{");
        StringAssert.Contains(style, "infinite");
        StringAssert.Contains(style, "prefers-reduced-motion");
    }

    [TestMethod]
    [DynamicData(nameof(Pictures))]
    public void Nothing_to_write_and_long_texts_are_drawn_too(Func<DenoisingTrace, string> draw)
    {
        XDocument.Parse(draw(new DenoisingTrace(Mask, 5, true, [], [], new Dictionary<int, string>())));
        XDocument.Parse(draw(new DenoisingTrace(Mask, 5, true, [1], [], new Dictionary<int, string> { [1] = "a" })));
        XDocument.Parse(draw(Trace(["", new string('x', 500), " y"], [1, 2])));
        string svg = draw(Trace([.. Enumerable.Range(0, 500).Select(i => i == 0 ? "" : " word")], [.. Enumerable.Range(1, 499)]));
        Assert.IsLessThan(400_000, svg.Length);
    }

    /// <summary>All masks at first; step i writes the i-th of the tokens.</summary>
    private static DenoisingTrace Trace(string[] texts, int[] tokens) => new(
        Mask, tokens.Length, true, new int[tokens.Length],
        [.. tokens.Select((token, i) => new TraceStep(i + 1,
            [new TraceChange(i, token, 1f / (1 << (i % 20 + 1)), TraceChangeKind.Written)]))],
        texts.Select((text, id) => (text, id)).ToDictionary(pair => pair.id, pair => pair.text));

    private static IEnumerable<XElement> Elements(XDocument svg, string name) =>
        svg.Descendants().Where(element => element.Name.LocalName == name);

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
