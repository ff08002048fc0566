using System.CommandLine;
using Microsoft.ML.Diffusion.Tests;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>The command lines on the pages are ones that the program understands.</summary>
[TestClass]
public sealed class DocumentedCommandsTests
{
    private const string Program = "diffusion-ml ";

    [TestMethod]
    public void Every_command_line_of_the_pages_is_understood()
    {
        RootCommand root = ToolProgram.CreateRoot(new Terminal(null, TextWriter.Null, TextWriter.Null));
        string docs = Path.Combine(SharedData.RepositoryRoot, "docs");
        int count = 0;
        foreach (string page in Directory.EnumerateFiles(docs, "*.md").Append(Path.Combine(SharedData.RepositoryRoot, "README.md")))
        {
            foreach (string line in File.ReadLines(page).Where(line => line.StartsWith(Program, StringComparison.Ordinal)))
            {
                string[] args = CommandRun.Split(line[Program.Length..].Split(" < ")[0].Split(" > ")[0]);
                CollectionAssert.AreEqual(Array.Empty<string>(), root.Parse(args).Errors.Select(error => error.Message).ToArray(),
                    $"{Path.GetFileName(page)}: {line}");
                count++;
            }
        }
        Assert.IsGreaterThan(5, count);
    }
}
