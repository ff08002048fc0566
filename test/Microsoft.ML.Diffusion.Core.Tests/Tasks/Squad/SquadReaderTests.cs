using System.Text;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class SquadReaderTests
{
    private const string Sample = """
        {"version": "v2.0", "data": [{"title": "Rivers", "paragraphs": [{"context": "\uD83C\uDF0A The Rhine 🌊 flows; the Rhine.", "qas": [
          {"id": "a", "question": "What?", "answers": [{"text": "Rhine", "answer_start": 6, "occurrences": 2}, {"text": "🌊 flows", "answer_start": 12}], "is_impossible": false},
          {"id": "b", "question": "Who?", "answers": [], "is_impossible": true, "plausible_answers": [{"text": "Rhine", "answer_start": 6}]},
          {"id": "c", "question": "Where?", "answers": [{"text": "Rhine", "answer_start": 7}, {"text": "Rhine.", "answer_start": 25}, {"text": "Rhine", "answer_start": 99}, {"text": "", "answer_start": 0}]}]}]}]}
        """;

    [TestMethod]
    public void Code_points_become_utf16_and_answers_stand_where_they_say()
    {
        SquadData data = Read(Sample);
        Assert.AreEqual("v2.0", data.Version);
        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, data.Questions.Select(question => question.Id).ToArray());
        SquadQuestion first = data.Questions[0];
        Assert.AreEqual(("Rivers", "What?", false), (first.Title, first.Question, first.IsImpossible));
        CollectionAssert.AreEqual(new SquadAnswer[] { new("Rhine", 7, 2), new("🌊 flows", 13, null) }, first.Answers.ToArray());
        foreach (SquadAnswer answer in first.Answers)
            Assert.AreEqual(answer.Text, first.Context[answer.Start..answer.End]);
        Assert.IsTrue(data.Questions[1].IsImpossible);
        Assert.AreEqual(0, data.Questions[1].Answers.Count);
    }

    [TestMethod]
    public void Misplaced_answers_are_scored_against_but_not_learned_from()
    {
        SquadData data = Read(Sample);
        CollectionAssert.AreEqual(new[] { "Rhine." }, data.Questions[2].Answers.Select(answer => answer.Text).ToArray());
        CollectionAssert.AreEqual(new[] { "Rhine", "Rhine.", "Rhine", "" }, data.Questions[2].GoldTexts.ToArray());
        CollectionAssert.AreEqual(
            new MisplacedAnswer[]
            {
                new("c", "data[0].paragraphs[0].qas[2].answers[0]", "Rhine", 7),
                new("c", "data[0].paragraphs[0].qas[2].answers[2]", "Rhine", 99),
                new("c", "data[0].paragraphs[0].qas[2].answers[3]", "", 0),
            },
            data.Misplaced.ToArray());
    }

    [TestMethod]
    [DataRow("[]", "the top level is a list; expected an object with a property 'data'")]
    [DataRow("{}", "the top level has no property 'data'")]
    [DataRow("""{"data": 7}""", "data is 7; expected a list of objects")]
    [DataRow("""{"data": [{"paragraphs": [3]}]}""", "data[0].paragraphs[0] is 3; expected an object")]
    [DataRow("""{"data": [{"paragraphs": [{"qas": []}]}]}""", "data[0].paragraphs[0] has no property 'context'")]
    [DataRow("""{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "a", "question": "q", "answers": [{"text": "c", "answer_start": "0"}]}]}]}]}""",
        "data[0].paragraphs[0].qas[0].answers[0].answer_start is \"0\"; expected a whole number")]
    [DataRow("""{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "a", "question": "q", "answers": [], "is_impossible": "no"}]}]}]}""",
        "data[0].paragraphs[0].qas[0].is_impossible is \"no\"; expected true or false")]
    [DataRow("""{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "a", "question": "q", "answers": [{"text": "c", "answer_start": 0}], "is_impossible": true}]}]}]}""",
        "data[0].paragraphs[0].qas[0] has is_impossible = true and 1 answers")]
    [DataRow("""{"data": [{"paragraphs": [{"context": "\ud800", "qas": []}]}]}""", "data[0].paragraphs[0].context is not well-formed text")]
    [DataRow("""{"data": [""", "is not JSON")]
    public void Errors_name_the_file_and_the_place(string json, string expected)
    {
        string message = Assert.ThrowsExactly<TaskFileException>(() => Read(json)).Message;
        StringAssert.StartsWith(message, "'some.json'");
        StringAssert.Contains(message, expected);
    }

    [TestMethod]
    [DataRow("dev-v1.1", 2051, 0, 6182)]
    [DataRow("dev-v2.0", 1537, 822, 2177)]
    public void Real_files(string name, int questions, int impossible, int answers)
    {
        SquadData data = SquadReader.Read(SharedData.Data($"squad/{name}.json"));
        Assert.AreEqual((questions, impossible), (data.Questions.Count, data.Questions.Count(question => question.IsImpossible)));
        Assert.AreEqual((answers, 0), (data.Questions.Sum(question => question.Answers.Count), data.Misplaced.Count));
        foreach (SquadQuestion question in data.Questions)
        {
            foreach (SquadAnswer answer in question.Answers)
                Assert.AreEqual(answer.Text, question.Context[answer.Start..answer.End]);
        }
    }

    private static SquadData Read(string json) => SquadReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)), "some.json");
}
