using System.CommandLine;
using System.Text.Json;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>lengths</c>: the numbers of tokens of real texts, for <c>encoder --lengths</c>: the first sentences of SST-2's dev set and the first
/// contexts of SQuAD v1.1's, with the opening and the closing token, cut at BERT's limit.
/// </summary>
internal static class LengthsCommand
{
    private const int MaxLength = 512;

    public static Command Create()
    {
        var output = new Option<FileInfo>("--output") { Description = "The file to write, a JSON array.", Required = true };
        Option<int> count = ModelOptions.Positive("--count", "Sentences, and as many contexts.", 16);
        var data = new Option<DirectoryInfo?>("--data") { Description =
            "The folder that holds sst2/dev.tsv and squad/dev-v1.1.json; without it DIFFUSION_ML_DATA, else ../shared/data beside " +
            "the repository." };
        var tokenizer = new Option<DirectoryInfo?>("--tokenizer") { Description =
            "A directory with a tokenizer's files; without it, the embedded model's tokenizer." };
        var command = new Command("lengths", "Writes the lengths of real texts in tokens, for encoder --lengths.")
        {
            output, count, data, tokenizer
        };
        command.SetAction(result =>
        {
            string folder = result.GetValue(data)?.FullName ?? Environment.GetEnvironmentVariable("DIFFUSION_ML_DATA")
                ?? Path.Combine(Repository.Root, "..", "shared", "data");
            DirectoryInfo? directory = result.GetValue(tokenizer);
            Tokenizer reader = directory is null ? EncoderModel.Default.Tokenizer : Tokenizer.FromDirectory(directory.FullName);
            int[] uncut = [.. Texts(folder, result.GetValue(count)).Select(text => Count(reader, text))];
            int[] lengths = [.. uncut.Select(length => Math.Min(length, MaxLength))];
            File.WriteAllText(result.GetValue(output)!.FullName, JsonSerializer.Serialize(lengths));
            JsonLine.Write("lengths",
                ("tokenizer", directory?.Name ?? "embedded"), ("kind", reader.GetType().Name), ("vocabulary", reader.VocabularySize),
                ("sequences", lengths.Length),
                ("tokens", lengths.Sum()), ("padded_tokens", lengths.Length * lengths.Max()), ("shortest", lengths.Min()),
                ("longest", lengths.Max()),
                ("cut", uncut.Count(length => length > MaxLength)));
        });
        return command;
    }

    private static IEnumerable<string> Texts(string folder, int count) =>
    [
        // a headline first
        .. File.ReadLines(Path.Combine(folder, "sst2", "dev.tsv")).Skip(1).Select(line => line[(line.IndexOf('\t') + 1)..]).Take(count),
        .. SquadReader.Read(Path.Combine(folder, "squad", "dev-v1.1.json")).Questions.Select(question => question.Context)
            .Distinct().Take(count),
    ];

    /// <summary>The number of tokens of a text, opening and closing token included.</summary>
    private static int Count(Tokenizer tokenizer, string text)
    {
        var tokens = new TokenList();
        tokenizer.Encode(text, tokens);
        return tokens.Count + 2;
    }
}
