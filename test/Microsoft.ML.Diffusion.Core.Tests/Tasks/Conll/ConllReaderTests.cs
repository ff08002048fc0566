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
    [DataRow("a O\n\n# text\there it is\tX\n", "set CommentPrefix if it is a comment")]
    [DataRow("a\tX\tO\nb\t \tO\nc\t\tO\n\tX\tO\n", "line 4: \"\tX\tO\" has an empty column 0 (WordColumn)")]
    public void Errors_name_the_file_and_the_line(string text, string expected)
    {
        string message = Assert.ThrowsExactly<TaskFileException>(() => Read(text)).Message;
        StringAssert.StartsWith(message, "'some.conll', line ");
        StringAssert.Contains(message, expected);
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
