using System.Globalization;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example of classification, in a process of its own, with the embedded model.</summary>
[TestClass]
public sealed class ClassifyTextTests
{
    [TestMethod]
    public void Made_questions_are_learned_and_the_loaded_model_answers()
    {
        (int code, string output, string error) = Run();
        Assert.AreEqual(0, code, error);
        string[] lines = output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.AreEqual("173 questions to learn from, 19 to measure on", lines[0]);
        string accuracy = lines.Single(line => line.StartsWith("accuracy ", StringComparison.Ordinal)).Split(' ', ',')[1];
        Assert.IsGreaterThan(0.9, double.Parse(accuracy, CultureInfo.InvariantCulture));
        CollectionAssert.AreEqual(new[] { "person", "place", "number", "reason" },
            lines[^4..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]).ToArray());
    }

    [TestMethod]
    [DataRow("--data", "no-such-file")]
    [DataRow("--model", "no-such-directory")]
    [DataRow("--epochs", "0")]
    public void What_cannot_be_done_is_said_in_a_line(string option, string value)
    {
        (int code, _, string error) = Run(option, value);
        Assert.AreEqual(1, code);
        StringAssert.Contains(error, value == "0" ? "Epochs" : value);
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments) => ExampleProcess.Run("ClassifyText", arguments);
}
