using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// <c>baselines</c>: the cost of a text under a unigram and a bigram model of the same tokens (<see cref="TokenModels"/>), and under bzip2,
/// for comparison with a model's bound. Both texts are streams of tokens without opening and closing ones, so every character, newlines
/// included, is coded exactly once.
/// </summary>
internal static class BaselinesCommand
{
    public static Command Create()
    {
        var train = new Option<FileInfo>("--train") { Description = "The training text, UTF-8.", Required = true };
        var text = new Option<FileInfo>("--text") { Description = "The text to measure on, UTF-8.", Required = true };
        var vocabulary = new Option<DirectoryInfo>("--vocabulary") { Description = "The tokenizer's directory.", Required = true };
        var command = new Command("baselines",
            "Measures a text under unigram and bigram models, and bzip2, in bits per character.") { train, text, vocabulary };
        command.SetAction((result, cancellationToken) =>
        {
            Tokenizer tokenizer = Tokenizer.FromDirectory(result.GetValue(vocabulary)!.FullName);
            var models = new TokenModels(tokenizer.VocabularySize);
            (long learnt, _) = Encode(result.GetValue(train)!, tokenizer, tokens => models.Learn(tokens), cancellationToken);
            double unigram = 0, bigram = 0;
            int before = -1;
            (long tokens, long characters) = Encode(result.GetValue(text)!, tokenizer, tokens =>
            {
                foreach (int token in tokens)
                {
                    unigram -= Math.Log2(models.Unigram(token));
                    bigram -= Math.Log2(models.Bigram(before, token));
                    before = token;
                }
            }, cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"'{result.GetValue(text)!.Name}': {characters} characters, {tokens} tokens; learnt from {learnt} tokens of " +
                $"'{result.GetValue(train)!.Name}'"));
            Write("unigram", unigram, characters);
            Write("bigram, Witten-Bell", bigram, characters);
            if (Bzip2(result.GetValue(text)!) is long bytes)
                Write("bzip2 -9", 8.0 * bytes, characters);
            else
                Console.WriteLine("bzip2 -9: there is no program bzip2 here");
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Write(string name, double bits, long characters) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {bits / characters:F4} bits per character"));

    private static (long Tokens, long Characters) Encode(FileInfo file, Tokenizer tokenizer, Action<ReadOnlySpan<int>> use,
        CancellationToken cancellationToken)
    {
        using StreamReader reader = file.OpenText();
        var list = new TokenList();
        long tokens = 0, characters = 0;
        foreach (string piece in ByteLevelBpeTrainer.ReadTexts(reader))
        {
            cancellationToken.ThrowIfCancellationRequested();
            list.Clear();
            tokenizer.Encode(piece, list);
            use(list.Ids);
            tokens += list.Count;
            characters += piece.Length;
        }
        return (tokens, characters);
    }

    /// <summary>The length of the file as compressed by bzip2; null if the program is not installed.</summary>
    private static long? Bzip2(FileInfo file)
    {
        var start = new ProcessStartInfo("bzip2") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["-9", "--keep", "--stdout", "--", file.FullName])
            start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            byte[] buffer = new byte[1 << 16];
            long length = 0;
            while (process.StandardOutput.BaseStream.Read(buffer) is int read and > 0)
                length += read;
            process.WaitForExit();
            return process.ExitCode == 0 ? length : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
