using System.CommandLine;
using System.Text;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>tokenize</c>: a tokenizer on the lines of a text, one thread.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var tokenizer = new Option<string>("--tokenizer") { Description = "A directory with a tokenizer's files.", Required = true };
        var text = new Option<string>("--text") { Description = "A text, UTF-8; each line is tokenized by itself.", Required = true };
        var seconds = new Option<double>("--seconds") { Description = "Time to measure.", DefaultValueFactory = _ => 3 };
        var command = new Command("tokenize", "A tokenizer on the lines of a text, one thread.") { tokenizer, text, seconds };
        command.SetAction(result => Run(result.GetValue(tokenizer)!, result.GetValue(text)!, result.GetValue(seconds)));
        return command;
    }

    private static void Run(string directory, string path, double seconds)
    {
        Tokenizer tokenizer = Tokenizer.FromDirectory(directory);
        string[] lines = File.ReadAllLines(path);
        long bytes = lines.Sum(line => (long)Encoding.UTF8.GetByteCount(line) + 1), allocated = 0;
        int count = 0;
        TokenList tokens = new();
        Measurement measurement = Measurement.Of(
            () =>
            {
                count = 0;
                long before = GC.GetAllocatedBytesForCurrentThread();
                foreach (string line in lines)
                {
                    tokens.Clear();
                    tokenizer.Encode(line, tokens);
                    count += tokens.Count;
                }
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            },
            seconds);
        JsonLine.Write("tokenize", measurement, ("tokenizer", tokenizer.GetType().Name), ("megabytes", Math.Round(bytes / 1e6, 3)),
            ("tokens", count),
            ("megabytes_per_s", Math.Round(measurement.PerSecond(bytes) / 1e6, 1)), ("bytes_allocated", allocated));
    }
}
