using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class EntityTests
{
    [TestMethod]
    [DataRow("O B-A I-A O", "A1-3", "A1-3")]
    [DataRow("I-A I-A O", "A0-2", "")]
    [DataRow("B-A I-B I-B", "A0-1 B1-3", "A0-1")]
    [DataRow("B-A B-A I-A", "A0-1 A1-3", "A0-1 A1-3")]
    [DataRow("O I-x-y B-x-y", "x-y1-2 x-y2-3", "x-y2-3")]
    [DataRow("B I O I", "0-2 3-4", "0-2")]
    [DataRow("", "", "")]
    public void Tags_are_read_leniently_and_strictly(string tags, string lenient, string strict)
    {
        string[] list = tags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual(lenient, Show(EntitySpans.FromTags(list)));
        Assert.AreEqual(strict, Show(EntitySpans.FromTags(list, TagReading.Strict)));
    }

    [TestMethod]
    public void Types_without_a_prefix_are_entities_unless_strict()
    {
        Assert.AreEqual("PERSON0-2 CITY2-3", Show(EntitySpans.FromTags(["PERSON", "PERSON", "CITY", "O"])));
        Assert.AreEqual("Bank0-1", Show(EntitySpans.FromTags(["Bank"])));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => EntitySpans.FromTags(["O", "CITY"], TagReading.Strict)).Message,
            "The tag of word 1 is 'CITY'");
    }

    [TestMethod]
    public void Spans_and_tags_are_one_to_one()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 500; trial++)
        {
            var spans = new List<EntitySpan>();
            int words = 0;
            while (words < 12)
            {
                int end = words + random.Next(1, 4);
                if (random.Next(2) == 0)
                    spans.Add(new EntitySpan(random.Next(3) == 0 ? "" : $"T{random.Next(2)}", words, end));
                words = end;
            }
            string[] tags = EntitySpans.ToTags(spans, words);
            CollectionAssert.AreEqual(spans, EntitySpans.FromTags(tags));
            CollectionAssert.AreEqual(spans, EntitySpans.FromTags(tags, TagReading.Strict));
            CollectionAssert.AreEqual(tags, EntitySpans.ToIob2(tags));
            // IOB1 writes B- only between neighbors of one type.
            TagScheme scheme = TagScheme.Of(tags);
            string[] iob1 =
                [.. tags.Select((tag, i) => tag[0] == 'B' &&
                    (i == 0 || scheme.Parse(tags[i - 1]).Type != scheme.Parse(tag).Type || tags[i - 1] == "O")
                    ? "I" + tag[1..]
                    : tag)];
            CollectionAssert.AreEqual(tags, EntitySpans.ToIob2(iob1));
        }
        Assert.ThrowsExactly<ArgumentException>(() => EntitySpans.ToTags([new EntitySpan("A", 0, 3)], 2));
        Assert.ThrowsExactly<ArgumentException>(() => EntitySpans.ToTags([new EntitySpan("A", 0, 2), new EntitySpan("B", 1, 2)], 2));
    }

    [TestMethod]
    public void Viterbi_finds_the_best_valid_path_of_all()
    {
        string[][] sets = [["O", "B-A", "I-A"], ["I-B", "O", "B-A", "I-A", "B-B"], ["O", "A", "B"],
            ["O", "I-A", "B-B", "I-B"], ["O", "B", "I"]];
        var random = new Random(1);
        int changed = 0, cases = 0;
        foreach (string[] names in sets)
        {
            var decoder = new TagDecoder(new LabelSet(names));
            for (int trial = 0; trial < 60; trial++, cases++)
            {
                int words = random.Next(1, 5);
                double[] logProbabilities =
                    [.. Enumerable.Range(0, words * names.Length)
                        .Select(_ => random.Next(20) == 0 ? double.NegativeInfinity : Math.Log(random.NextDouble()))];
                var path = new int[words];
                double sum = decoder.Decode(logProbabilities, path);
                double best = double.NegativeInfinity, free = double.NegativeInfinity;
                for (int code = 0; code < (int)Math.Pow(names.Length, words); code++)
                {
                    int[] labels = [.. Enumerable.Range(0, words).Select(i => code / (int)Math.Pow(names.Length, i) % names.Length)];
                    double total = 0;
                    for (int i = 0; i < words; i++)
                        total += logProbabilities[i * names.Length + labels[i]];
                    free = Math.Max(free, total);
                    if (IsValid([.. labels.Select(label => names[label])], names))
                        best = Math.Max(best, total);
                }
                Assert.IsTrue(IsValid([.. path.Select(label => names[label])], names), string.Join(' ', path));
                Assert.AreEqual(best, sum, 1e-12);
                double pathSum = 0;
                for (int i = 0; i < words; i++)
                    pathSum += logProbabilities[i * names.Length + path[i]];
                Assert.AreEqual(sum, pathSum, 1e-12);
                changed += free > best ? 1 : 0;
            }
        }
        Assert.AreEqual(300, cases);
        Assert.IsTrue(changed > 30, $"{changed}");

        // Valid: each I-X whose set has a B-X stands after B-X or I-X.
        static bool IsValid(string[] tags, string[] names)
        {
            for (int i = 0; i < tags.Length; i++)
            {
                if (tags[i][0] == 'I' && names.Contains("B" + tags[i][1..]) &&
                    (i == 0 || (tags[i - 1] != tags[i] && tags[i - 1] != "B" + tags[i][1..])))
                    return false;
            }
            return true;
        }
    }

    [TestMethod]
    public void Viterbi_says_what_may_follow_and_refuses_what_is_no_probability()
    {
        var decoder = new TagDecoder(new LabelSet(["O", "B-A", "I-A", "I-B"]));
        Assert.AreEqual((true, true, false, true), (decoder.MayStart(0), decoder.MayStart(1), decoder.MayStart(2), decoder.MayStart(3)));
        Assert.AreEqual((false, true, true, false),
            (decoder.MayFollow(0, 2), decoder.MayFollow(1, 2), decoder.MayFollow(2, 2), decoder.MayFollow(3, 2)));
        Assert.AreEqual(0, decoder.Decode([], []));
        var path = new int[1];
        decoder.Decode([double.NegativeInfinity, double.NegativeInfinity, -1, double.NegativeInfinity], path);
        Assert.AreNotEqual(2, path[0]);
        Assert.ThrowsExactly<ArithmeticException>(() => decoder.Decode([0, 0, double.NaN, 0], path));
        Assert.ThrowsExactly<ArgumentException>(() => decoder.Decode([0, 0, 0], path));
    }

    [TestMethod]
    public void Entities_have_their_characters_and_the_mean_of_their_words_scores()
    {
        const string Text = "🌊 Rhine  Valley is in Bonn.";
        TextWord[] words = [new(0, 2, 0, 1), new(3, 8, 1, 2), new(10, 16, 3, 1), new(17, 19, 4, 1), new(20, 22, 5, 1), new(23, 27, 6, 1),
            new(27, 28, 7, 1)];
        Entity[] entities = EntityFinder.Find(
            Text, words, ["O", "B-LOC", "I-LOC", "O", "O", "I-LOC", "O"], [0, Math.Log(0.5), Math.Log(0.125), 0, 0, Math.Log(0.75), 0]);
        Assert.AreEqual(2, entities.Length);
        Assert.AreEqual(("LOC", "Rhine  Valley", 3, 16), (entities[0].Type, entities[0].Text, entities[0].Start, entities[0].End));
        Assert.AreEqual(0.25, entities[0].Score, 1e-15);
        Assert.AreEqual(("Bonn", 23), (entities[1].Text, entities[1].Start));
        Assert.AreEqual(0.75, entities[1].Score, 1e-15);
        Assert.ThrowsExactly<ArgumentException>(() => EntityFinder.Find(Text, words, ["O"], [0]));
    }

    private static string Show(EntitySpan[] spans) => string.Join(' ', spans.Select(span => $"{span.Type}{span.Start}-{span.End}"));
}
