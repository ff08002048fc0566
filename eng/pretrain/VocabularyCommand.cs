using System.CommandLine;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary><c>vocabulary</c>: a byte-level BPE vocabulary from a text.</summary>
internal static class VocabularyCommand
{
    public static Command Create()
    {
        var text = new Option<FileInfo[]>("--text")
        {
            Description = "The texts, UTF-8.", Required = true, AllowMultipleArgumentsPerToken = true
        };
        var size = new Option<int>("--size") { Description = "The number of tokens.", DefaultValueFactory = _ => 8192 };
        var output = new Option<DirectoryInfo>("--output") { Description = "The directory for the tokenizer's files.", Required = true };
        var command = new Command("vocabulary", "Makes a byte-level BPE vocabulary.") { text, size, output };
        command.SetAction((result, cancellationToken) =>
        {
            Tokenizer tokenizer =
                ByteLevelBpeTrainer.Train(result.GetValue(text)!.SelectMany(Read), result.GetValue(size), null, cancellationToken);
            tokenizer.Save(result.GetValue(output)!.FullName);
            Console.WriteLine($"{tokenizer.VocabularySize} tokens in '{result.GetValue(output)!.FullName}'");
            return Task.FromResult(0);
        });
        return command;
    }

    private static IEnumerable<string> Read(FileInfo file)
    {
        using StreamReader reader = file.OpenText();
        foreach (string piece in ByteLevelBpeTrainer.ReadTexts(reader))
            yield return piece;
    }
}
