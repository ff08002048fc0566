namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example FindEntities, in a process of its own, with the embedded model and the set that it makes.</summary>
[TestClass]
public sealed class FindEntitiesTests
{
    [TestMethod]
    public void The_same_seed_finds_the_same_and_a_table_comes_first()
    {
        (int code, string first, string error) = Run("--epochs", "0.2", "--text", "Anna Baker left London.");
        Assert.AreEqual(0, code, error);
        Assert.AreEqual(first, Run("--epochs", "0.2", "--text", "Anna Baker left London.").Output);
        string[] lines = first.ReplaceLineEndings("\n").Split('\n');
        StringAssert.Contains(lines[0], "precision");
        StringAssert.StartsWith(lines[4], "all");
        CollectionAssert.Contains(lines, "Anna Baker left London.");
    }

    [TestMethod]
    [DataRow("no-such-folder", "--data", "no-such-folder")]
    [DataRow("no-such-directory", "--model", "no-such-directory")]
    [DataRow("Epochs", "--epochs", "0")]
    public void What_cannot_be_done_is_said_in_a_line(string named, string option, string value)
    {
        (int code, string output, string error) = Run(option, value);
        Assert.AreEqual(1, code);
        Assert.AreEqual("", output);
        StringAssert.Contains(error, named);
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments) => ExampleProcess.Run("FindEntities", arguments);
}
