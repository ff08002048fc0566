using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>SQuAD files as data views.</summary>
[TestClass]
public sealed class SquadLoadingTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly string _path = Path.GetTempFileName();

    [TestCleanup]
    public void Delete() => File.Delete(_path);

    [TestMethod]
    public void A_file_becomes_a_row_a_question()
    {
        var warnings = new Messages(_context, ChannelMessageKind.Warning);
        SquadRow[] rows = Load("""
            {"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "😀 The cat sat; the cat ran.", "qas": [
              {"id": "1", "question": "Who?", "answers": [{"text": "cat", "answer_start": 6, "occurrences": 2}, {"text": "The cat", "answer_start": 2, "occurrences": 1}]},
              {"id": "2", "question": "Who ran?", "answers": [{"text": "cat", "answer_start": 6, "occurrences": 2}]},
              {"id": "3", "question": "Why?", "is_impossible": true, "answers": []},
              {"id": "4", "question": "What?", "answers": [{"text": "dog", "answer_start": 6}]}]}]}]}
            """);
        Assert.HasCount(4, rows);
        Assert.AreEqual(("1", "T", "Who?", "The cat", 3),
            (rows[0].Id, rows[0].Title, rows[0].Question, rows[0].TrainingAnswer, rows[0].AnswerIndex),
            "the answer that occurs once; counted in UTF-16");
        CollectionAssert.AreEqual(new[] { "cat", "The cat" }, rows[0].Answers);
        Assert.AreEqual(("cat", 7), (rows[1].TrainingAnswer, rows[1].AnswerIndex));
        Assert.AreEqual(("", -1, 0), (rows[2].TrainingAnswer, rows[2].AnswerIndex, rows[2].Answers.Length));
        Assert.AreEqual(("dog", -1), (rows[3].TrainingAnswer, rows[3].AnswerIndex), "a trainer will say that it is not there");
        StringAssert.Contains(warnings.Single(),
            "1 answers do not stand in their contexts where the file puts them, as at data[0].paragraphs[0].qas[3].answers[0]");
    }

    [TestMethod]
    [DataRow("{\"data\": [{", "is not JSON")]
    [DataRow("[]", "holds no question")]
    [DataRow("{\"data\": [{\"paragraphs\": [{\"qas\": []}]}]}", "data[0].paragraphs[0] has no property 'context'")]
    [DataRow("", "is empty")]
    [DataRow("{\"data\": [{\"question\": \"Who?\", \"text\": \"c\"}]}", "data[0] has the keys 'question', 'text'; expected")]
    public void A_damaged_file_is_said_to_be(string content, string message)
    {
        TaskFileException exception = Assert.ThrowsExactly<TaskFileException>(() => Load(content));
        StringAssert.Contains(exception.Message, message);
        StringAssert.Contains(exception.Message, Path.GetFileName(_path));
    }

    [TestMethod]
    public void Flat_rows_one_a_line_are_read_and_made_ids_are_said()
    {
        var warnings = new Messages(_context, ChannelMessageKind.Warning);
        SquadRow[] rows = Load("""
            {"id": 12, "title": "T", "context": "😀 The cat sat.", "question": "Who?", "answers": {"text": ["cat"], "answer_start": [6]}}
            {"context": "😀 The cat sat.", "question": "Why?", "answers": {"text": [], "answer_start": []}}
            """);
        Assert.AreEqual(("12", "T", "Who?", "cat", 7),
            (rows[0].Id, rows[0].Title, rows[0].Question, rows[0].TrainingAnswer, rows[0].AnswerIndex));
        Assert.AreEqual(("line 2", "", "", -1), (rows[1].Id, rows[1].Title, rows[1].TrainingAnswer, rows[1].AnswerIndex));
        StringAssert.Contains(warnings.Single(), "1 questions have no id; the place in the file stands for it, as 'line 2'.");
    }

    [TestMethod]
    public void The_real_files_load()
    {
        IDataView data = _context.Data.LoadFromSquad(SharedData.Data("squad/dev-v2.0.json"));
        Assert.AreEqual(1537, data.GetRowCount());
        Assert.AreEqual(
            "Id: String, Title: String, Context: String, Question: String, TrainingAnswer: String, AnswerIndex: Int32, " +
                "Answers: Vector<String>",
            string.Join(", ", data.Schema.Select(column => $"{column.Name}: {column.Type}")));
        SquadRow[] rows = [.. _context.Data.CreateEnumerable<SquadRow>(data, reuseRowObject: false)];
        Assert.IsTrue(Array.TrueForAll(rows, row => row.AnswerIndex < 0 ||
            row.Context.AsSpan(row.AnswerIndex).StartsWith(row.TrainingAnswer, StringComparison.Ordinal)));
        Assert.IsTrue(Array.Exists(rows, row => row.Answers.Length == 0));
    }

    private SquadRow[] Load(string content)
    {
        File.WriteAllText(_path, content);
        return [.. _context.Data.CreateEnumerable<SquadRow>(_context.Data.LoadFromSquad(_path), reuseRowObject: false)];
    }
}
