using System.CommandLine;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>vocabulary</c>: makes a byte-level BPE vocabulary from texts.</summary>
internal sealed class VocabularyCommand : ToolCommand
{
    public VocabularyCommand(Terminal terminal) : base(
        "vocabulary", "Makes a byte-level BPE vocabulary from texts, for a model that is trained from nothing.",
        "vocabulary --text novels.txt letters.txt --size 8192 --output vocabulary")
    {
        var text = new Option<string[]>("--text")
        {
            HelpName = "FILE", Description = "The texts.", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var size = new Option<int>("--size") { HelpName = "N", Description = "The number of tokens.", DefaultValueFactory = _ => 8192 };
        var output = new Option<string>("--output", "-o")
        {
            HelpName = "DIR", Description = "The directory for the tokenizer's files.", Required = true,
        };
        Add(text, size, output);
        Run((result, cancellationToken) =>
        {
            int wanted = result.GetValue(size);
            Tokenizer tokenizer = terminal.Show("vocabulary", report => ByteLevelBpeTrainer.Train(
                result.GetValue(text)!.SelectMany(Read), wanted,
                new Reports(progress => report((double)progress.Merges / wanted, $"{progress.Merges} merges")), cancellationToken));
            tokenizer.Save(result.GetValue(output)!);
            terminal.Output.WriteLine($"{tokenizer.VocabularySize} tokens in '{result.GetValue(output)}'");
            terminal.Output.Flush();
        });
    }

    private static IEnumerable<string> Read(string path)
    {
        using InputText reader = TableFile.OpenText(path);
        foreach (string piece in ByteLevelBpeTrainer.ReadTexts(reader))
            yield return piece;
    }

    /// <summary>Passes progress on, on the thread that reports it.</summary>
    private sealed class Reports(Action<ByteLevelBpeProgress> report) : IProgress<ByteLevelBpeProgress>
    {
        public void Report(ByteLevelBpeProgress value) => report(value);
    }
}
