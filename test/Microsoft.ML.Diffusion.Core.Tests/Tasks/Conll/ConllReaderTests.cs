using System.Text;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class ConllReaderTests
{
    [TestMethod]
    public void Iob1_with_documents_and_spaces()
    {
        ConllData data =
            Read("-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nBonn NNP I-NP I-LOC\nRome NNP I-NP B-LOC\nis VBZ I-VP O\n\n\nPeter NNP I-NP " +
                "I-PER\nBlack NNP I-NP I-PER");
        Assert.AreEqual(2, data.Sentences.Count);
        CollectionAssert.AreEqual(new[] { "EU", "Bonn", "Rome", "is" }, data.Sentences[0].Words.ToArray());
        CollectionAssert.AreEqual(new[] { "B-ORG", "B-LOC", "B-LOC", "O" }, data.Sentences[0].Tags.ToArray());
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER" }, data.Sentences[1].Tags.ToArray());
        Assert.AreEqual(3, data.ConvertedTags);
    }

    [TestMethod]
    public void Iob2_with_tabs_whitespace_lines_and_hash_words()
    {
        ConllData data = Read("#\tO\r\nNew York\tB-location\r\nCity\tI-location\r\n\t\r\n#fun\tO\r\n");
        Assert.AreEqual((2, 0), (data.Sentences.Count, data.ConvertedTags));
        CollectionAssert.AreEqual(new[] { "#", "New York", "City" }, data.Sentences[0].Words.ToArray());
        CollectionAssert.AreEqual(new[] { "#fun" }, data.Sentences[1].Words.ToArray());
    }

    [TestMethod]
    public void Columns_and_comments_are_chosen()
    {
        var options = new ConllOptions { WordColumn = 1, TagColumn = 2, CommentPrefix = "# ", ConvertToIob2 = false };
        ConllData data = Read("# sent_id = 1\n1\tRome\tI-LOC\t_\n2\t#\tO\t_\n", options);
        CollectionAssert.AreEqual(new[] { "Rome", "#" }, data.Sentences[0].Words.ToArray());
        CollectionAssert.AreEqual(new[] { "I-LOC", "O" }, data.Sentences[0].Tags.ToArray());
        Assert.AreEqual(0, data.ConvertedTags);
    }

    [TestMethod]
    [DataRow("a O\nb X O\n", "line 2: \"b X O\" has 3 columns; expected 2")]
    [DataRow("a\n", "line 1: \"a\" has 1 columns, so that WordColumn 0 and TagColumn -1 are the same")]
    [DataRow("a O\n\n#text\there it is\tX\n", "set CommentPrefix if it is a comment")]
    [DataRow("a O\n# text here it is\n", "comments stand only before the first word of a sentence")]
    [DataRow("a\tO\n#\n", "comments stand only before the first word of a sentence")]
    [DataRow("a\tX\tO\nb\t \tO\nc\t\tO\n\tX\tO\n", "line 4: \"\tX\tO\" has an empty column 0 (WordColumn)")]
    public void Errors_name_the_file_and_the_line(string text, string expected)
    {
        string message = Assert.ThrowsExactly<TaskFileException>(() => Read(text)).Message;
        StringAssert.StartsWith(message, "'some.conll', line ");
        StringAssert.Contains(message, expected);
    }

    [TestMethod]
    [DataRow("Zine\tB-PER\nal-Abidine\tI-PER\nAli\tE-PER\nleft\tO\nTunis\tS-LOC\n", "B-PER I-PER I-PER O B-LOC")]
    [DataRow("nai B_TTL\nAnn B_PER\nMay I_PER\nLee E_PER\nRome B_LOC\n", "B-TTL B-PER I-PER I-PER B-LOC")]
    [DataRow("a B-CARDINAL_X\nb L-CARDINAL_X\nc U-GPE-LOC\nd U-GPE-LOC\n", "B-CARDINAL_X I-CARDINAL_X B-GPE-LOC B-GPE-LOC")]
    [DataRow("a PER-B\nb PER-I\nc PER-B\n", "B-PER I-PER B-PER")]
    [DataRow("a PER\nb PER\nc O\nd LOC\n", "B-PER I-PER O B-LOC")]
    [DataRow("a B\nb M\nc E\nd S\n", "B I I B")]
    [DataRow("a b-per\nb i-per\nc o\n", "B-per I-per O")]
    public void Tags_of_any_scheme_become_IOB2(string text, string expected)
    {
        ConllData data = Read(text);
        Assert.AreEqual(expected, string.Join(' ', data.Sentences.Single().Tags));
        Assert.IsEmpty(data.Warnings);
        ConllData raw = Read(text, new ConllOptions { ConvertToIob2 = false });
        Assert.AreEqual(string.Join(' ', text.TrimEnd('\n').Split('\n').Select(line => line.Split(' ', '\t')[1])),
            string.Join(' ', raw.Sentences.Single().Tags));
        Assert.AreEqual(data.ConvertedTags, raw.Sentences[0].Tags.Zip(data.Sentences[0].Tags).Count(pair => pair.First != pair.Second));
    }

    [TestMethod]
    public void The_whole_file_decides_what_its_tags_mean()
    {
        // Of the first sentence alone, E-MAIL would be the end of a MAIL.
        ConllData data = Read("a E-MAIL\nb E-MAIL\n\nc PERSON\nd URL\ne O\n");
        CollectionAssert.AreEqual(new[] { "B-E-MAIL", "I-E-MAIL" }, data.Sentences[0].Tags.ToArray());
        CollectionAssert.AreEqual(new[] { "B-PER", "B-LOC" },
            Read("a PER-B\nb LOC-B\n", new ConllOptions { SuffixTags = true }).Sentences[0].Tags.ToArray());
        StringAssert.Contains(Read("a PER-B\nb LOC-B\n").Warnings.Single(), "set ConllOptions.SuffixTags");
        StringAssert.Contains(Read("Anna\tB-PER\nbor\t0\ni\t0\nRom\tB-LOC\n").Warnings.Single(),
            "2 of 4 words have the tag '0' (U+0030), which looks like O");
        StringAssert.Contains(Read("rome _ _ _\nis _ _ _\n").Warnings.Single(), "the tag '_' (U+005F), which sounds like O");
        StringAssert.Contains(
            Assert.ThrowsExactly<TaskFileException>(() => Read("Ann (PERSON*\nLee *)\nleft *\n")).Message,
            "'some.conll' has the tag '(PERSON*', as in the bracket notation");
    }

    [TestMethod]
    [DataRow("# id 5\tdomain=train\nrome _ _ B-LOC\nis _ _ O\n\n# id 99\tdomain=train\nann _ _ B-PER\n", "rome is / ann")]
    [DataRow("#\thttp://example.org [2009-10-17]\n1\tAnn\tB-PER\tO\n\n# x\n1\t#\tO\tO\n", "1 / 1")]
    [DataRow("# newdoc\n\n-DOCSTART- -X- O\n\n# text = a b c\n#\nrome X B-LOC\n", "rome")]
    [DataRow("# O\nfun O\n# O\n\n#\tO\n#ann\tB-PER\n", "# fun # / # #ann")]
    [DataRow("#fun O\n", "#fun")]
    public void Comments_stand_before_a_sentence_and_words_are_kept(string text, string expected) =>
        Assert.AreEqual(expected, string.Join(" / ", Read(text).Sentences.Select(sentence => string.Join(' ', sentence.Words))));

    [TestMethod]
    [DataRow("")]
    [DataRow("\n-DOCSTART- O\n\n")]
    [DataRow("# only O\n\n# comments O\n")]
    public void A_file_without_words_is_said_to_be_so(string text) =>
        StringAssert.StartsWith(Assert.ThrowsExactly<TaskFileException>(() => Read(text)).Message,
            "'some.conll' holds no word; expected a word and its tag on each line.");

    [TestMethod]
    public void A_prefix_takes_comments_and_no_words()
    {
        var options = new ConllOptions { CommentPrefix = "#" };
        ConllData data = Read("# we talk\n#x y\nwe\tO\n#\tO\n1\tO\n#Rome\tB-LOC\nnow\tO\n\n#end\n", options);
        CollectionAssert.AreEqual(new[] { "we", "#", "1", "#Rome", "now" }, data.Sentences.Single().Words.ToArray());
        Assert.IsEmpty(data.Warnings);
        StringAssert.Contains(
            Read("#Rome\tB-LOC\nis\tO\n\nin\tO\nBonn\tB-LOC\n", options).Warnings.Single(),
            "1 lines that start with CommentPrefix '#' look like words, as line 1: \"#Rome\tB-LOC\"");
        data = Read("# doc\nEU B-ORG\nis O\nit I-ORG\n\n# a b c\n# 7\n# x y z\n# O\nin O\n\n# end\n");
        Assert.AreEqual("EU is it / # in", string.Join(" / ", data.Sentences.Select(sentence => string.Join(' ', sentence.Words))));
        Assert.AreEqual(
            "3 lines that start with # look like comments, as line 1: \"# doc\"; they are left out. Set CommentPrefix to say what " +
            "comments start with.", data.Warnings.Single());
        Assert.AreEqual("rome ann",
            string.Join(' ',
                Read("# id 5\tdomain=train\nrome\tB-LOC\n\n# id 6\tdomain=train\nann\tB-PER\n").Sentences.SelectMany(sentence =>
                    sentence.Words)));
        data = Read("# doc\nEU ORG\nis O\n");
        CollectionAssert.AreEqual(new[] { "#", "EU", "is" }, data.Sentences.Single().Words.ToArray());
        Assert.AreEqual(
            "1 lines that start with # look like comments, as line 1: \"# doc\"; they are read as words. Set CommentPrefix to say what " +
            "comments start with.", data.Warnings.Single());
        StringAssert.Contains(Read("1 EU B-ORG\n2 is O\n\n1 it O\n").Warnings.Single(), "Set WordColumn to the column of the words");
        Assert.IsEmpty(Read("1 EU B-ORG\n2 is O\n\n1 it O\n", new ConllOptions { WordColumn = 1 }).Warnings);
    }

    [TestMethod]
    public void Lines_and_characters_are_kept_as_they_are()
    {
        ConllData data = Read("\n\n \nNew\u2028York\tB-LOC\r\n\u00A0\tO\r\n\t\r\n\r\nx\u0085y O\n-DOCSTART-\tO\nlast\tO");
        Assert.AreEqual("New\u2028York|\u00A0 / x\u0085y / last",
            string.Join(" / ", data.Sentences.Select(sentence => string.Join('|', sentence.Words))));
    }

    [TestMethod]
    public void Bad_options_and_bad_encodings_are_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<TaskFileException>(() => Read("a O\n", new ConllOptions { TagColumn = 2 })).Message,
            "expected a column 2 (TagColumn)");
        Assert.ThrowsExactly<ArgumentException>(() => Read("a O\n", new ConllOptions { TagColumn = 0 }));
        Assert.ThrowsExactly<ArgumentException>(() => Read("a O\n", new ConllOptions { CommentPrefix = "" }));
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Encoding.Latin1.GetBytes("Zürich I-LOC\n"));
            StringAssert.Contains(Assert.ThrowsExactly<TaskFileException>(() => ConllReader.Read(path)).Message, "is not UTF-8");
            File.WriteAllText(path, "Zürich I-LOC\n");
            Assert.AreEqual("Zürich", ConllReader.Read(path).Sentences[0].Words[0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    [DataRow("conll2003/eng.testa", 3250, 51362, true)]
    [DataRow("wnut17/emerging.dev.conll", 1009, 15733, false)]
    public void Real_files(string name, int sentences, int words, bool isIob1)
    {
        ConllData data = ConllReader.Read(SharedData.Data(name));
        Assert.AreEqual((sentences, words), (data.Sentences.Count, data.Sentences.Sum(sentence => sentence.Words.Count)));
        Assert.AreEqual(isIob1, data.ConvertedTags > 0);
        ConllData raw = ConllReader.Read(SharedData.Data(name), new ConllOptions { ConvertToIob2 = false });
        for (int i = 0; i < sentences; i++)
        {
            EntitySpan[] spans = EntitySpans.FromTags(raw.Sentences[i].Tags);
            CollectionAssert.AreEqual(spans, EntitySpans.FromTags(data.Sentences[i].Tags, TagReading.Strict));
        }
    }

    private static ConllData Read(string text, ConllOptions? options = null) =>
        ConllReader.Read(new StringReader(text), "some.conll", options);
}
