using System.CommandLine;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>The help says what the program does, and its examples are command lines that it understands.</summary>
[TestClass]
public sealed class HelpTests
{
    private static readonly RootCommand s_root = ToolProgram.CreateRoot(new Terminal(null, TextWriter.Null, TextWriter.Null));

    public static IEnumerable<string> Commands => All(s_root, "").Select(item => item.Path);

    [TestMethod]
    [DynamicData(nameof(Commands))]
    public void Help_describes_the_command_and_shows_examples(string path)
    {
        ToolCommand command = All(s_root, "").Single(item => item.Path == path).Command;
        CommandRun run = CommandRun.Succeed([.. path.Split(' '), "--help"]);
        StringAssert.Contains(run.Output, command.Description);
        Assert.IsNotEmpty(command.Examples);
        foreach (string example in command.Examples)
        {
            StringAssert.Contains(run.Output, $"diffusion-ml {example}");
            StringAssert.StartsWith(example, path.Split(' ')[0]);
            string line = example.Split(" < ")[0];
            CollectionAssert.AreEqual(Array.Empty<string>(),
                s_root.Parse(CommandRun.Split(line)).Errors.Select(error => error.Message).ToArray(),
                example);
        }
        foreach (Option option in command.Options)
            Assert.IsFalse(string.IsNullOrWhiteSpace(option.Description), $"{path} {option.Name}");
    }

    [TestMethod]
    public void The_program_lists_its_commands()
    {
        string output = CommandRun.Succeed("--help").Output;
        foreach (System.CommandLine.Command command in s_root.Subcommands)
            StringAssert.Contains(output, $"  {command.Name}");
    }

    private static IEnumerable<(string Path, ToolCommand Command)> All(System.CommandLine.Command parent, string prefix) =>
        parent.Subcommands.OfType<ToolCommand>().SelectMany(command =>
            All(command, $"{prefix}{command.Name} ").Prepend(($"{prefix}{command.Name}", command)));
}
