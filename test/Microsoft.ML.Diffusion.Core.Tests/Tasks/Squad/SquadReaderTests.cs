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
    [DataRow("[]", "holds no question")]
    [DataRow("{\"data\": []}", "holds no question")]
    [DataRow("7", "the top level is 7; expected an object or a list of them")]
    [DataRow("{}", "the top level has no keys; expected 'data'")]
    [DataRow("""{"version": 2, "rows": []}""", "the top level has the keys 'version', 'rows'; expected 'data'")]
    [DataRow("""{"data": [{"query": "q", "passage": "c"}]}""", "data[0] has the keys 'query', 'passage'; expected 'data' with articles")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answer": "c"}]}""", "data[0] has no property 'answers'; it has the keys 'question', 'context', 'answer'")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answers": {"text": ["c"], "answer_start": [0, 1]}}]}""",
        "data[0].answers.answer_start is a list of 2; expected a list of 1 whole numbers")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answers": {"text": ["c"]}}]}""", "data[0].answers has no property 'answer_start'; it has the keys 'text'")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answers": "c"}]}""", "data[0].answers is \"c\"; expected a list of objects")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answers": ["c"]}]}""", "data[0].answers[0] is \"c\"; expected an object")]
    [DataRow("""{"data": [{"question": "q", "context": "c", "answers": [{"text": "c", "answer_start": 0.5}]}]}""", "answer_start is 0.5; expected a whole number")]
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
    [DataRow("""
        {"version": 2.0, "data": [{"id": "a", "title": "T", "context": "Ann is in 🌊 Rome.", "question": "Where?", "answers": {"answer_start": [12], "text": ["Rome"]}},
          {"id": 7, "context": "Ann is in 🌊 Rome.", "question": "When?", "answers": {"answer_start": [], "text": []}},
          {"context": "Ann is in 🌊 Rome.", "question": "Who?", "answers": {"answer_start": 0.0, "text": "Ann"}}]}
        """, "2.0", "a,7,data[2]")]
    [DataRow("""
        [{"id": "a", "title": "T", "context": "Ann is in 🌊 Rome.", "question": "Where?", "answers": [{"answer_start": 12.0, "text": "Rome"}]},
         {"id": "7", "title": null, "context": "Ann is in 🌊 Rome.", "question": "When?", "answers": NaN, "is_impossible": 1},
         {"id": null, "context": "Ann is in 🌊 Rome.", "question": "Who?", "answers": [{"answer_start": 0, "text": "Ann", "answer_id": 3}], "is_impossible": "False"}]
        """, "", "a,7,[2]")]
    [DataRow("""
        {"id": "a", "title": "T", "context": "Ann is in 🌊 Rome.", "question": "Where?", "answers": {"text": ["Rome"], "answer_start": [12]}}
        {"id": 7, "context": "Ann is in 🌊 Rome.", "question": "When?", "answers": {"text": [null], "answer_start": [null]}}

        {"context": "Ann is in 🌊 Rome.", "question": "Who?", "answers": {"text": ["Ann"], "answer_start": [0]}}
        """, "", "a,7,line 4")]
    [DataRow("""
        {"version": "v1", "data": [{"title": "T", "paragraphs": [{"context": "Ann is in 🌊 Rome.", "qas": [
          {"id": "a", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 12}]},
          {"id": 7, "question": "When?", "is_impossible": true, "answers": [{"text": "", "answer_start": -1}], "plausible_answers": [{"text": "Ann", "answer_start": 0}]},
          {"question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}]}]}]}
        """, "v1", "a,7,data[0].paragraphs[0].qas[2]")]
    [DataRow("""
        [{"title": "T", "paragraphs": [{"context": "Ann is in 🌊 Rome.", "qas": [
          {"id": "a", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 12}]}, {"id": 7, "question": "When?", "answers": null},
          {"question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}]}]}]
        """, "", "a,7,[0].paragraphs[0].qas[2]")]
    [DataRow("""
        {"title": "T", "context": "Ann is in 🌊 Rome.", "qas": [{"id": "a", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 12}]}]}
        {"context": "Ann is in 🌊 Rome.", "qas": [{"id": 7, "question": "When?", "answers": []}, {"question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}]}
        """, "", "a,7,line 2, qas[1]")]
    public void Layouts_of_other_tools_read_alike(string json, string version, string ids)
    {
        SquadData data = Read(json);
        Assert.AreEqual(version, data.Version);
        Assert.AreEqual(ids, string.Join(',', data.Questions.Select(question => question.Id)));
        Assert.IsEmpty(data.Misplaced);
        Assert.AreEqual(("T", "Where?", false), (data.Questions[0].Title, data.Questions[0].Question, data.Questions[0].IsImpossible));
        Assert.AreEqual(new SquadAnswer("Rome", 13, null), data.Questions[0].Answers.Single());
        Assert.AreEqual((true, 0), (data.Questions[1].IsImpossible, data.Questions[1].GoldTexts.Count));
        Assert.AreEqual(new SquadAnswer("Ann", 0, null), data.Questions[2].Answers.Single());
        Assert.AreSame(data.Questions[0].Context, data.Questions[2].Context);
        StringAssert.StartsWith(data.Warnings.Single(), "1 questions have no id; the place in the file stands for it, as '");
    }

    [TestMethod]
    public void Numbers_that_are_no_JSON_are_told_from_text()
    {
        SquadData data = Read("""[{"id": "NaN \" NaN", "title": NaN, "context": "c NaN", "question": "-Infinity", "answers": {"text": ["NaN"], "answer_start": [2]}, "score": -Infinity}]""");
        Assert.AreEqual(("NaN \" NaN", "", "-Infinity", 2),
            (data.Questions[0].Id, data.Questions[0].Title, data.Questions[0].Question, data.Questions[0].Answers[0].Start));
        StringAssert.Contains(Assert.ThrowsExactly<TaskFileException>(() => Read("""[{"title": NaN, """)).Message, "'some.json' is not JSON");
    }

    [TestMethod]
    public void Ids_that_come_twice_are_counted_and_lines_are_named()
    {
        const string Row = """{"id": "a", "context": "c", "question": "q", "answers": {"text": ["c"], "answer_start": [1]}}""";
        SquadData data = Read($"{Row}\n{Row}\n");
        Assert.AreEqual("1 ids belong to more than one question, as 'a' does; all the questions are kept.", data.Warnings.Single());
        CollectionAssert.AreEqual(new[] { "line 1, answers.text[0]", "line 2, answers.text[0]" },
            data.Misplaced.Select(answer => answer.Path).ToArray());
        StringAssert.StartsWith(
            Assert.ThrowsExactly<TaskFileException>(
                () => Read($"{Row}\n\n{{\"question\": 3, \"context\": \"c\", \"answers\": []}}")).Message,
                "'some.json', line 3: question is 3; expected a text");
        StringAssert.StartsWith(Assert.ThrowsExactly<TaskFileException>(() => Read($"{Row}\n[1]")).Message,
            "'some.json', line 2: [0] is 1; expected an object");
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
