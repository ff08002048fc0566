using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class TagSchemeTests
{
    private const int Sentences = 300;

    /// <summary>The letters that begin, go on with and end an entity, and that of one word; B stands for a missing one of these.</summary>
    private static readonly (string Name, string Letters)[] s_schemes =
        [("IOB2", "BIIB"), ("IOE2", "IIEE"), ("BIOES", "BIES"), ("BMES", "BMES"), ("BMEWO", "BMEW"), ("BILOU", "BILU"), ("BIEO", "BIEB"),
            ("BIOS", "BIIS")];

    private static readonly Func<string, string>[] s_spellings =
    [
        tag => tag == "O" ? tag : $"{tag[0]}_{tag[2..]}",
        tag => tag == "O" ? tag : $"{tag[2..]}-{tag[0]}",
        tag => tag == "O" ? "o" : $"{char.ToLowerInvariant(tag[0])}-{tag[2..]}",
    ];

    [TestMethod]
    [DataRow("B-PER I-PER I-PER E-PER O S-LOC", "PER0-4 LOC5-6")]
    [DataRow("B_PER I_PER E_PER B_LOC B_GPE-LOC I_GPE-LOC", "PER0-3 LOC3-4 GPE-LOC4-6")]
    [DataRow("B-CARDINAL_X I-CARDINAL_X B-tax-percent", "CARDINAL_X0-2 tax-percent2-3")]
    [DataRow("B-PER L-PER U-LOC U-LOC O", "PER0-2 LOC2-3 LOC3-4")]
    [DataRow("B-PER M-PER E-PER W-PER", "PER0-3 PER3-4")]
    [DataRow("B M E S O B E", "0-3 3-4 5-7")]
    [DataRow("B-PER E-PER B-PER E-PER", "PER0-2 PER2-4")]
    [DataRow("I-PER E-PER I-PER O E-LOC E-LOC", "PER0-2 PER2-3 LOC4-5 LOC5-6")]
    [DataRow("PER-B PER-I LOC-B O", "PER0-2 LOC2-3")]
    [DataRow("PER-B PER-L PER-U O", "PER0-2 PER2-3")]
    [DataRow("GPE_LOC_B GPE_LOC_I GPE_LOC_B O", "GPE_LOC0-2 GPE_LOC2-3")]
    [DataRow("b-per i-per o b-loc", "per0-2 loc3-4")]
    [DataRow("B-PER I-PER o o B-LOC", "PER0-2 LOC4-5")]
    [DataRow("B:PER I:PER O B/LOC", "PER0-2 LOC3-4")]
    [DataRow("PER PER O LOC PER", "PER0-2 LOC3-4 PER4-5")]
    [DataRow("PERSON E-MAIL E-MAIL O URL", "PERSON0-1 E-MAIL1-3 URL4-5")]
    [DataRow("e-mail person o", "e-mail0-1 person1-2")]
    [DataRow("VITAMIN-B VITAMIN-E VITAMIN-B O", "VITAMIN-B0-1 VITAMIN-E1-2 VITAMIN-B2-3")]
    [DataRow("NOUN VERB VERB S M X O", "NOUN0-1 VERB1-3 S3-4 M4-5 X5-6")]
    [DataRow("B-PER I-PER [CLS] [SEP] X O", "PER0-2 [CLS]2-3 [SEP]3-4 X4-5")]
    [DataRow("B-PER 0 0 B-LOC", "PER0-1 01-3 LOC3-4")]
    [DataRow("O o person", "o1-2 person2-3")]
    public void The_set_of_tags_says_what_a_tag_is(string tags, string expected) =>
        Assert.AreEqual(expected, Show(EntitySpans.FromTags(tags.Split(' '))));

    [TestMethod]
    public void Suffixes_are_read_on_request_where_a_doubt_is_left()
    {
        string[] tags = ["PER-B", "PER-B", "O", "GPE-LOC-S"];
        Assert.AreEqual("PER-B0-2 GPE-LOC-S3-4", Show(EntitySpans.FromTags(tags)));
        Assert.AreEqual("PER0-1 PER1-2 GPE-LOC3-4",
            Show(EntitySpans.FromTags(tags, TagReading.Lenient, TagScheme.Of(tags, suffixes: true))));
        Assert.AreEqual(new EntityTag(EntityTagPrefix.End, "A_B"), TagScheme.Of([], suffixes: true).Parse("A_B_E"));
        Assert.ThrowsExactly<ArgumentException>(() => TagScheme.Of(["O", ""]));
    }

    [TestMethod]
    public void Entities_are_those_of_seqeval_and_conlleval_in_each_scheme()
    {
        var random = new Random(1);
        foreach ((string name, string letters) in s_schemes)
        {
            foreach (bool isWellFormed in (bool[])[true, false])
            {
                (string[] Actual, string[] Predicted)[] sentences =
                    [.. Enumerable.Range(0, Sentences).Select(_ => Pair(random, letters, isWellFormed))];
                (string[] Actual, string[] Predicted)[] canonical =
                    [.. sentences.Select(pair => (ChunkReference.Canonical(pair.Actual), ChunkReference.Canonical(pair.Predicted)))];
                TagScheme scheme = TagScheme.Of(sentences.SelectMany(pair => pair.Actual.Concat(pair.Predicted)));
                string strict = name switch { "IOB2" or "IOE2" => name, _ => "IOBES" };
                var (lenient, strictly) = (new EntityEvaluator(), new EntityEvaluator(TagReading.Strict));
                (int Actual, int Predicted, int Correct) expected = default, expectedStrictly = default;
                for (int i = 0; i < sentences.Length; i++)
                {
                    string shown = $"{name}: {string.Join(' ', sentences[i].Actual)}";
                    CollectionAssert.AreEqual(ChunkReference.Default(canonical[i].Actual),
                        EntitySpans.FromTags(sentences[i].Actual, TagReading.Lenient, scheme), shown);
                    if (name != "BIOS")
                        CollectionAssert.AreEqual(ChunkReference.Strict(canonical[i].Actual, strict),
                            EntitySpans.FromTags(sentences[i].Actual, TagReading.Strict, scheme), "strict " + shown);
                    lenient.Add(sentences[i].Actual, sentences[i].Predicted);
                    strictly.Add(sentences[i].Actual, sentences[i].Predicted);
                    expected = Add(expected, ChunkReference.Default(canonical[i].Actual), ChunkReference.Default(canonical[i].Predicted));
                    expectedStrictly = Add(expectedStrictly, ChunkReference.Strict(canonical[i].Actual, strict),
                        ChunkReference.Strict(canonical[i].Predicted, strict));
                }
                Assert.AreEqual(new EntityCounts(expected.Actual, expected.Predicted, expected.Correct), lenient.Overall, name);
                Assert.AreEqual(expected, ChunkReference.Conlleval(canonical), name);
                if (name != "BIOS")
                    Assert.AreEqual(new EntityCounts(expectedStrictly.Actual, expectedStrictly.Predicted, expectedStrictly.Correct),
                        strictly.Overall, "strict " + name);
                Assert.IsTrue(expected.Correct > Sentences / 5, $"{name} has {expected.Correct} right entities");
            }
        }

        static (int, int, int) Add((int Actual, int Predicted, int Correct) sum, EntitySpan[] actual, EntitySpan[] predicted) =>
            (sum.Actual + actual.Length, sum.Predicted + predicted.Length, sum.Correct + actual.Intersect(predicted).Count());
    }

    [TestMethod]
    public void Spellings_of_a_scheme_read_alike_and_become_IOB2()
    {
        var random = new Random(2);
        foreach ((string name, string letters) in s_schemes.Where(scheme => scheme.Name is not "IOE2"))
        {
            foreach (Func<string, string> spell in s_spellings)
            {
                TagScheme scheme = TagScheme.Of(All(letters)),
                    spelled = TagScheme.Of(All(letters).Select(spell), suffixes: spell("B-A") == "A-B");
                for (int trial = 0; trial < Sentences / 4; trial++)
                {
                    string[] tags = WellFormed(random, letters, types: ["PER", "GPE-X"]), spelling = [.. tags.Select(spell)];
                    EntitySpan[] spans = EntitySpans.FromTags(tags, TagReading.Lenient, scheme);
                    CollectionAssert.AreEqual(spans, EntitySpans.FromTags(spelling, TagReading.Lenient, spelled), name);
                    CollectionAssert.AreEqual(EntitySpans.ToTags(spans, tags.Length), EntitySpans.ToIob2(spelling, spelled), name);
                }
            }
        }
    }

    [TestMethod]
    public void Gold_and_predictions_in_two_schemes_are_compared_by_their_entities()
    {
        var evaluator = new EntityEvaluator();
        evaluator.Add(["B-PER", "I-PER", "I-PER", "E-PER", "O", "S-LOC"], ["B-PER", "I-PER", "E-PER", "O", "O", "S-LOC"]);
        Assert.AreEqual((new EntityCounts(2, 2, 1), 0.5), (evaluator.Overall, evaluator.Overall.F1));
        evaluator.Add(["B-PER", "L-PER", "U-LOC"], ["B-PER", "I-PER", "B-LOC"]);
        Assert.AreEqual(new EntityCounts(4, 4, 3), evaluator.Overall);
        CollectionAssert.AreEqual(new[] { "LOC", "PER" }, evaluator.ByType.Keys.ToArray());
        // What a label set knows counts for sentences that do not show it.
        var types = new EntityEvaluator(TagReading.Lenient, ["PERSON", "E-MAIL", "O"]);
        types.Add(["E-MAIL", "E-MAIL"], ["E-MAIL", "E-MAIL"]);
        Assert.AreEqual(("E-MAIL", 1L), (types.ByType.Keys.Single(), types.Overall.Actual));
    }

    [TestMethod]
    [DataRow("O B-A I-A E-A S-A", "O B-A S-A", "B-A O;B-A;I-A E-A;B-A S-A;O E-A;B-A I-A;S-A E-A",
        "B-A E-A;B-A I-A I-A E-A O;S-A S-A B-A E-A")]
    [DataRow("O B-A I-A E-A", "O B-A", "I-A;B-A I-A;B-A I-A O;E-A;O I-A", "B-A;B-A B-A O;B-A I-A E-A B-A;B-A E-A")]
    [DataRow("O B-A I-A S-A", "O B-A S-A", "I-A;S-A I-A", "B-A O;B-A;B-A I-A S-A;B-A B-A")]
    [DataRow("O I-A E-A", "O I-A E-A", "", "I-A;E-A;E-A I-A;I-A O")]
    [DataRow("O B_A L_A U_B", "O B_A U_B", "B_A;B_A U_B;L_A", "B_A L_A U_B;O")]
    [DataRow("O A-B A-I", "O A-B", "A-I;O A-I", "A-B A-I;A-B A-B")]
    [DataRow("O A B", "O A B", "", "A B A;B")]
    public void Valid_sequences_are_those_of_the_scheme(string labels, string starts, string invalid, string valid)
    {
        var set = new LabelSet(labels.Split(' '));
        var decoder = new TagDecoder(set);
        Assert.AreEqual(starts, string.Join(' ', set.Where((_, label) => decoder.MayStart(label))));
        foreach (string tags in invalid.Split(';', StringSplitOptions.RemoveEmptyEntries))
            Assert.IsFalse(decoder.IsValid(Indices(tags)), tags);
        foreach (string tags in valid.Split(';'))
            Assert.IsTrue(decoder.IsValid(Indices(tags)), tags);
        Assert.IsTrue(decoder.IsValid([]));
        Assert.IsTrue(decoder.IsValid([-1, set.Count - 1, -1]), "next to an unknown label, any may stand");

        int[] Indices(string tags) => [.. tags.Split(' ').Select(set.IndexOf)];
    }

    [TestMethod]
    public void Viterbi_keeps_to_each_scheme_and_finds_the_best()
    {
        var random = new Random(3);
        foreach (string labels in (string[])["O B-A I-A E-A S-A", "B_A M_A E_A W_A", "O B-A I-A E-A", "O B-A L-A U-B", "O I-A E-A",
            "A-B A-I A-E A-S O"])
        {
            var set = new LabelSet(labels.Split(' '));
            var decoder = new TagDecoder(set);
            for (int trial = 0; trial < 60; trial++)
            {
                int words = random.Next(1, 5);
                double[] logProbabilities =
                    [.. Enumerable.Range(0, words * set.Count)
                        .Select(_ => random.Next(10) == 0 ? double.NegativeInfinity : Math.Log(random.NextDouble()))];
                var path = new int[words];
                double sum = decoder.Decode(logProbabilities, path), best = double.NegativeInfinity;
                for (int code = 0; code < (int)Math.Pow(set.Count, words); code++)
                {
                    int[] candidate = [.. Enumerable.Range(0, words).Select(i => code / (int)Math.Pow(set.Count, i) % set.Count)];
                    if (decoder.IsValid(candidate))
                        best = Math.Max(best, candidate.Select((label, word) => logProbabilities[word * set.Count + label]).Sum());
                }
                Assert.AreEqual(best, sum, 1e-12, labels);
                Assert.IsTrue(decoder.IsValid(path), $"{labels}: {string.Join(' ', path.Select(label => set[label]))}");
            }
        }
    }

    [TestMethod]
    public void The_labels_of_a_model_say_how_its_tags_are_read()
    {
        TextWord[] words = [new(0, 3, 0, 1), new(4, 7, 1, 1), new(8, 12, 2, 1)];
        var labels = new LabelSet(["O", "PERSON", "E-MAIL"]);
        Entity[] entities = EntityFinder.Find("Ann Lee Rome", words, ["E-MAIL", "E-MAIL", "O"], [0, 0, 0], TagScheme.Of(labels));
        Assert.AreEqual(("E-MAIL", "Ann Lee"), (entities.Single().Type, entities.Single().Text));
        entities = EntityFinder.Find("Ann Lee Rome", words, ["B_PER", "E_PER", "S_LOC"], [0, 0, 0],
            TagScheme.Of(["O", "B_PER", "I_PER", "E_PER", "S_PER", "S_LOC"]));
        CollectionAssert.AreEqual(new[] { "PER Ann Lee", "LOC Rome" }, entities.Select(entity => $"{entity.Type} {entity.Text}").ToArray());
    }

    [TestMethod]
    [DataRow("B-PER 0 0 B-LOC", "2 of 4 words have the tag '0' (U+0030), which looks like O; they are read as entities of the type '0'.")]
    [DataRow("B-PER O O X", "1 of 4 words have the tag 'X' (U+0058), which is neither O nor a type with B, I or the like")]
    [DataRow("B-PER I-O O O", "1 of 4 words have the tag 'I-O', which looks like O")]
    [DataRow("PER \u041E \u041E", "2 of 3 words have the tag '\u041E' (U+041E), which looks like O")]
    [DataRow("PER NULL NULL O", "2 of 4 words have the tag 'NULL', which sounds like O")]
    [DataRow("PER _ _ LOC", "2 of 4 words have the tag '_' (U+005F), which sounds like O")]
    [DataRow("PER OUT OUT LOC", "2 of 4 words have the tag 'OUT', which sounds like O")]
    [DataRow("PER - - -", "3 of 4 words have the tag '-' (U+002D), which sounds like O")]
    [DataRow("PER NIX NIX", "2 of 3 words have the tag 'NIX', and none has O")]
    [DataRow("PER-B O LOC-B", "Tags such as 'PER-B' are read as types")]
    public void Tags_that_are_probably_no_entities_are_named(string tags, string expected)
    {
        var survey = new TagSurvey();
        survey.Add(tags.Split(' '));
        StringAssert.StartsWith(survey.FindOddities().Single(), expected);
    }

    [TestMethod]
    [DataRow("B-PER I-PER O")]
    [DataRow("b-per i-per o")]
    [DataRow("PER PER O LOC")]
    [DataRow("NOUN VERB ADJ X PUNCT")]
    [DataRow("PER-B PER-I O")]
    [DataRow("PER OTHER O O O")]
    [DataRow("")]
    public void Usual_tags_are_not_odd(string tags)
    {
        var survey = new TagSurvey();
        survey.Add(tags.Split(' '));
        survey.Add([null]);
        Assert.IsEmpty(survey.FindOddities());
    }

    [TestMethod]
    public void Many_odd_tags_are_counted()
    {
        var survey = new TagSurvey();
        survey.Add(["B-A", "I-A", "B-B", "I-B", "B-C", "I-C", "B-D", "I-D", .. Enumerable.Range(0, 7).Select(i => $"T{i}")]);
        IReadOnlyList<string> oddities = survey.FindOddities();
        Assert.HasCount(6, oddities);
        Assert.AreEqual("2 more tags are as odd.", oddities[^1]);
    }

    private static (string[] Actual, string[] Predicted) Pair(Random random, string letters, bool isWellFormed)
    {
        if (isWellFormed)
        {
            string[] right = WellFormed(random, letters, ["PER", "LOC", "GPE-X"]);
            // Predictions that share some entities: the same tags up to a point, others after it.
            string[] other = WellFormed(random, letters, ["PER", "LOC", "GPE-X"]);
            int same = random.Next(right.Length + 1);
            return (right, [.. right[..same], .. Enumerable.Range(same, right.Length - same).Select(i => other[i % other.Length])]);
        }
        string[] all = All(letters);
        string[] actual = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => all[random.Next(all.Length)])];
        return (actual, [.. actual.Select(tag => random.Next(4) > 0 ? tag : all[random.Next(all.Length)])]);
    }

    private static string[] All(string letters) =>
        [.. letters.Distinct().SelectMany(letter => (string[])[$"{letter}-PER", $"{letter}-LOC", $"{letter}-GPE-X"]), "O", "O"];

    private static string[] WellFormed(Random random, string letters, string[] types)
    {
        var tags = new List<string>();
        for (int entities = random.Next(1, 5); entities > 0; entities--)
        {
            string type = types[random.Next(types.Length)];
            int length = random.Next(1, 5);
            for (int i = 0; i < length; i++)
                tags.Add($"{(length == 1 ? letters[3] : i == 0 ? letters[0] : i == length - 1 ? letters[2] : letters[1])}-{type}");
            if (random.Next(2) == 0)
                tags.Add("O");
        }
        return [.. tags];
    }

    private static string Show(EntitySpan[] spans) => string.Join(' ', spans.Select(span => $"{span.Type}{span.Start}-{span.End}"));
}
