namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example of writing, in a process of its own, with the embedded model.</summary>
[TestClass]
public sealed class WriteStoriesTests
{
    [TestMethod]
    public void The_same_seed_writes_the_same_bytes_and_another_seed_other_texts()
    {
        (int code, string first, _) = Run("--seed", "5", "--tokens", "24", "--steps", "8");
        Assert.AreEqual(0, code);
        Assert.AreEqual(first, Run("--seed", "5", "--tokens", "24", "--steps", "8").Output);
        Assert.AreNotEqual(first, Run("--seed", "6", "--tokens", "24", "--steps", "8").Output);
        foreach (string special in (string[])["<mask>", "<s>", "</s>", "<pad>", "<unk>", "\u001b"])
            Assert.IsFalse(first.Contains(special, StringComparison.Ordinal), special);
    }

    [TestMethod]
    public void Steps_are_lines_where_the_output_is_no_terminal_and_the_texts_come_last()
    {
        string[] lines = Run("--prompt", "The sea", "--prompt", "", "--tokens", "12", "--steps",
            "3").Output.ReplaceLineEndings("\n").Split('\n');
        Assert.AreEqual("> The sea", lines[0]);
        Assert.AreEqual($"  step 0 of 3: The sea{string.Concat(Enumerable.Repeat(" _", 12))}", lines[1]);
        StringAssert.StartsWith(lines[2], "  step 1 of 3: The sea");
        StringAssert.StartsWith(lines[4], "  step 3 of 3: The sea");
        Assert.IsFalse(lines[4].Contains(" _", StringComparison.Ordinal));
        Assert.AreEqual("> ", lines[5]);
        StringAssert.StartsWith(lines[Array.IndexOf(lines, "") + 1], "The sea");
    }

    [TestMethod]
    public void It_draws_the_first_text()
    {
        string still = Path.Combine(Path.GetTempPath(), $"{nameof(WriteStoriesTests)}-{Environment.ProcessId}.svg"),
            moving = still + ".moving.svg";
        try
        {
            string text = Run("--prompt", "The sea", "--tokens", "12", "--steps", "3", "--svg", still, "--animation", moving).Output;
            foreach (string file in new[] { still, moving })
            {
                var svg = System.Xml.Linq.XDocument.Load(file);
                string title = svg.Root!.Elements().First(element => element.Name.LocalName == "title").Value;
                StringAssert.Contains(text, title.Split('\uFFFD', '↵')[0]);
                StringAssert.StartsWith(title, "The sea");
            }
        }
        finally
        {
            File.Delete(still);
            File.Delete(moving);
        }
    }

    [TestMethod]
    [DataRow("MaxNewTokens", "--tokens", "0")]
    [DataRow("MaxLength", "--tokens", "100000")]
    [DataRow("Steps", "--steps", "0")]
    [DataRow("no-such-directory", "--model", "no-such-directory")]
    public void What_cannot_be_done_is_said_in_a_line(string named, string option, string value)
    {
        (int code, string output, string error) = Run(option, value);
        Assert.AreEqual(1, code);
        Assert.AreEqual("", output);
        StringAssert.Contains(error, named);
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments) => ExampleProcess.Run("WriteStories", arguments);
}
