using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>added-tokens</c>: loading a tokenizer with many added tokens, and a text through it, one thread.</summary>
internal static class AddedTokensCommand
{
    private const string Vocabulary =
        "[PAD] [UNK] [CLS] [SEP] [MASK] the of and a to in is that it was he for on with his as at by had not are but from or have an " +
        "which one you were her all she there would their we him been has when will no more if out so up said its about than into can new";

    public static Command Create()
    {
        var counts = new Option<int[]>("--counts")
        {
            Description = "Numbers of added tokens.",
            DefaultValueFactory = _ => [0, 2_000, 20_000, 120_000],
            AllowMultipleArgumentsPerToken = true,
        };
        var tokenizer = new Option<string?>("--tokenizer")
        {
            Description = "A directory with a tokenizer's files; without it, a small tokenizer of BERT's kind.",
        };
        var length = new Option<int>("--length") { Description = "The characters of the text.", DefaultValueFactory = _ => 900 };
        var seconds = new Option<double>("--seconds") { Description = "Time to measure each.", DefaultValueFactory = _ => 1 };
        var command = new Command("added-tokens", "Loading a tokenizer with many added tokens, and a text through it, one thread.")
        {
            counts, tokenizer, length, seconds,
        };
        command.SetAction(result => Run(
            result.GetValue(counts)!, result.GetValue(tokenizer), result.GetValue(length), result.GetValue(seconds)));
        return command;
    }

    private static void Run(int[] counts, string? directory, int length, double seconds)
    {
        Tokenizer plain = directory is null ? Small() : Tokenizer.FromDirectory(directory);
        string text = Text(length);
        foreach (int count in counts)
        {
            TokenizerFiles files = With(plain, count);
            long start = Stopwatch.GetTimestamp();
            Tokenizer tokenizer = Tokenizer.FromFiles(files);
            var tokens = new TokenList();
            tokenizer.Encode(text, tokens);
            double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Measurement measurement = Measurement.Of(
                () =>
                {
                    tokens.Clear();
                    tokenizer.Encode(text, tokens);
                },
                seconds);
            JsonLine.Write(
                "added-tokens", measurement,
                ("added", count), ("characters", text.Length), ("tokens", tokens.Count), ("load_ms", Math.Round(load, 1)));
        }
    }

    private static Tokenizer Small()
    {
        IEnumerable<string> letters = Enumerable.Range('a', 26).Select(letter => $"{(char)letter}");
        string[] lines = [.. Vocabulary.Split(' '), .. letters, .. letters.Select(letter => "##" + letter), ".", ",", "-"];
        string vocabTxt = string.Join('\n', lines);
        return Tokenizer.FromFiles(new TokenizerFiles([new("vocab.txt", System.Text.Encoding.UTF8.GetBytes(vocabTxt))]));
    }

    // Words of the vocabulary, capitalized and with marks, as in ordinary text.
    private static string Text(int length)
    {
        string[] words = [.. Vocabulary.Split(' ').Skip(5), "house", "river", "Paris", "mother-in-law"];
        var random = new Random(2);
        var text = new System.Text.StringBuilder();
        while (text.Length < length)
        {
            string word = words[random.Next(words.Length)];
            text.Append(random.Next(8) == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : word);
            text.Append(random.Next(9) switch { 0 => ". ", 1 => ", ", _ => " " });
        }
        return text.ToString(0, length);
    }

    // Made-up words of 5 to 12 letters that the tokenizer's normalization applies to.
    private static TokenizerFiles With(Tokenizer tokenizer, int count)
    {
        TokenizerFiles files = tokenizer.ToFiles();
        files.TryGet("tokenizer.json", out byte[]? content);
        JsonNode root = JsonNode.Parse(content!)!;
        JsonArray added = root["added_tokens"]!.AsArray();
        var random = new Random(1);
        var words = new HashSet<string>();
        for (int id = tokenizer.VocabularySize; words.Count < count;)
        {
            string word = new(random.GetItems("abcdefghijklmnopqrstuvwxyz".AsSpan(), random.Next(5, 13)));
            if (tokenizer.Find(word) >= 0 || !words.Add(word))
                continue;
            added.Add(new JsonObject
            {
                ["id"] = id++,
                ["content"] = word,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = true,
                ["special"] = false,
            });
        }
        return new TokenizerFiles([new("tokenizer.json", System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()))]);
    }
}
