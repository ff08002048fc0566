namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example of question answering, in a process of its own, with the embedded model and the small set that it makes.</summary>
[TestClass]
public sealed class AnswerQuestionsTests
{
    [TestMethod]
    public void It_learns_and_shows_answers_where_they_stand()
    {
        (int code, string output, string error) = Run("--made", "--epochs", "0.1");
        Assert.AreEqual(0, code, error);
        string[] lines = output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.AreEqual("Learns from 800 questions made for this, answers 100 others.", lines[0]);
        StringAssert.StartsWith(lines[1], "Exact match ");
        Assert.HasCount(3, lines.Where(line => line.StartsWith("> ", StringComparison.Ordinal)).ToArray());
        for (int i = 3; i < 6; i++)
        {
            System.Text.RegularExpressions.Match answer =
                System.Text.RegularExpressions.Regex.Match(lines[i + 2], @"%  (.+)  \(characters (\d+) to (\d+)\)$");
            Assert.AreEqual(answer.Groups[1].Value, lines[3][Number(2)..Number(3)]);

            int Number(int group) => int.Parse(answer.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
        }
        StringAssert.Contains(error, "head.output.weight");
    }

    [TestMethod]
    [DataRow("no-such-directory", "--model", "no-such-directory")]
    [DataRow("no-such-directory", "--data", "no-such-directory")]
    [DataRow("Epochs", "--epochs", "0")]
    public void What_cannot_be_done_is_said_in_a_line(string named, string option, string value)
    {
        (int code, _, string error) = option == "--data" ? Run(option, value) : Run(option, value, "--made");
        Assert.AreEqual(1, code);
        StringAssert.Contains(error, named);
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments) =>
        ExampleProcess.Run("AnswerQuestions", arguments);
}
