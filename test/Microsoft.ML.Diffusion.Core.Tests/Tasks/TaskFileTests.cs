using System.IO.Compression;
using System.Text;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>What is said of files that are not what they are taken for, by both readers.</summary>
[TestClass]
public sealed class TaskFileTests
{
    private const string Row = """{"id": "1", "context": "Zürich", "question": "Wo?", "answers": {"text": ["Zürich"], "answer_start": [0]}}""";
    private const string Line = "Zürich\tB-LOC\n";

    private readonly string _path = Path.GetTempFileName();

    [TestCleanup]
    public void Delete() => File.Delete(_path);

    [TestMethod]
    [DataRow("utf-8")]
    [DataRow("utf-16")]
    [DataRow("utf-16BE")]
    [DataRow("utf-32")]
    public void A_byte_order_mark_says_the_encoding(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        Assert.AreEqual("Zürich", ConllReader.Read(Write([.. encoding.GetPreamble(), .. encoding.GetBytes(Line)])).Sentences[0].Words[0]);
        Assert.AreEqual("Zürich",
            SquadReader.Read(Write([.. encoding.GetPreamble(), .. encoding.GetBytes(Row)])).Questions[0].Answers[0].Text);
    }

    [TestMethod]
    public void Other_files_are_called_by_what_they_are()
    {
        Refused([], "is empty; expected");
        Refused("\uFEFF \n\r\n"u8.ToArray(), "is empty; expected");
        Refused(Encoding.Latin1.GetBytes("a O\n\n" + Line), "is not UTF-8: line 3 has the byte 0xFC");
        Refused(Encoding.Unicode.GetBytes(Row), "is not UTF-8: it has bytes of 0, as UTF-16 has");
        Refused([0xFF, 0xFE, 0x00, 0xD8, 0x20, 0x00], "is not utf-16, as its byte order mark says");
        Refused("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"u8.ToArray(), "is a Git LFS pointer");
        Refused("<!DOCTYPE html>\n<html></html>"u8.ToArray(), "is an HTML page");
        Refused([.. "PAR1"u8, 0x15, 0x04], "is a Parquet file");
        Refused([.. "PK"u8, 3, 4, 0], "is a zip archive");
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Line));
        Refused(compressed.ToArray(), "is compressed with gzip; expected");

        void Refused(byte[] bytes, string part)
        {
            Write(bytes);
            foreach (Action read in (Action[])[() => ConllReader.Read(_path), () => SquadReader.Read(_path)])
            {
                string message = Assert.ThrowsExactly<TaskFileException>(read).Message;
                StringAssert.StartsWith(message, $"'{_path}' {part}");
            }
        }
    }

    private string Write(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        return _path;
    }
}
