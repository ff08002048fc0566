using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// <c>infill</c>: the number of masked tokens of held-out sentences that a model restores exactly, in the order of its confidence, from
/// left to right, and in random order, each one token per step at temperature 0 with the same masks. The baseline is the most frequent
/// token of the training text.
/// </summary>
internal static class InfillCommand
{
    private const int LeastTokens = 10, MostTokens = 60;

    public static Command Create()
    {
        var model = new Option<DirectoryInfo?>("--model") { Description = "The model's directory; without it, the embedded model." };
        var train = new Option<FileInfo>("--train")
        {
            Description = "The model's training text, UTF-8, for the most frequent token.", Required = true
        };
        var text = new Option<FileInfo>("--text") { Description = "Held-out text, UTF-8, a paragraph a line.", Required = true };
        var count = new Option<int>("--count") { Description = "How many sentences.", DefaultValueFactory = _ => 1000 };
        var shares = new Option<double[]>("--masked")
        {
            Description = "The shares of tokens that are masked, at random places.", DefaultValueFactory = _ => [.15, .5],
            AllowMultipleArgumentsPerToken = true
        };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var command = new Command("infill", "Measures how many masked tokens of held-out sentences are written back exactly.")
        {
            model, train, text, count, shares, seed
        };
        command.SetAction((result, cancellationToken) =>
        {
            EncoderModel source = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName)
                : EncoderModel.Default;
            Tokenizer tokenizer = source.Tokenizer;
            using MaskedLanguageModel loaded = source.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
            using var denoiser = new ModelDenoiser(loaded, tokenizer.MaskToken);
            List<int[]> sentences = Sentences.Of(result.GetValue(text)!, tokenizer, result.GetValue(count), LeastTokens, MostTokens);
            int frequent = MostFrequent(result.GetValue(train)!, tokenizer, cancellationToken);
            ulong key = (ulong)result.GetValue(seed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{sentences.Count} sentences of {LeastTokens} to {MostTokens} tokens, {sentences.Average(s => s.Length):F1} on average, " +
                    $"of '{result.GetValue(text)!.Name}'; one token a step, temperature 0; masks of seed {key}; the most frequent token " +
                    $"is '{tokenizer.Decode([frequent])}'"));
            foreach (double share in result.GetValue(shares)!)
            {
                List<int[]> masked = [.. sentences.Select((sentence, i) => Masked(sentence, share, key, i))];
                int[] tokens = [.. masked.Select(places => places.Length)];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{share:P0} masked, {tokens.Sum()} tokens:"));
                int[] confidence = Write("confidence", Sampler.TopConfidence()),
                    leftToRight = Write("left to right", Sampler.Blocks(1, Sampler.TopConfidence()));
                Write("random order", Sampler.FirstHitting());
                Print("unigram", [.. sentences.Select((sentence, i) => masked[i].Count(place => sentence[place] == frequent))]);
                Print("confidence less left to right", [.. confidence.Zip(leftToRight, (first, second) => first - second)]);

                int[] Write(string name, Sampler sampler)
                {
                    var settings = new DenoisingSettings { Steps = MostTokens, Sampler = sampler, Temperature = 0, Seed = key };
                    var loop = new DenoisingLoop(denoiser, settings, Enumerable.Range(0, denoiser.VocabularySize)
                        .Where(id => id >= tokenizer.VocabularySize || tokenizer.IsSpecial(id)));
                    RaggedTokens rows = new();
                    for (int i = 0; i < sentences.Count; i++)
                    {
                        Span<int> row = rows.Append([tokenizer.BeginToken, .. sentences[i], tokenizer.EndToken]);
                        foreach (int place in masked[i])
                            row[place + 1] = tokenizer.MaskToken;
                    }
                    long start = Stopwatch.GetTimestamp();
                    loop.Run(rows, cancellationToken: cancellationToken);
                    int[] right = new int[sentences.Count];
                    for (int i = 0; i < right.Length; i++)
                    {
                        foreach (int place in masked[i])
                            right[i] += rows[i][place + 1] == sentences[i][place] ? 1 : 0;
                    }
                    Print($"{name} ({sampler}), {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s", right);
                    return right;
                }

                void Print(string name, int[] right)
                {
                    (double rate, double low, double high) = RecoveryRate.Of(right, tokens, key);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"  {name}: {100 * rate:F2} % (95 % interval {100 * low:F2} to {100 * high:F2})"));
                }
            }
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Random positions of a sentence, in ascending order: the share of its tokens, rounded, and at least one.</summary>
    private static int[] Masked(int[] sentence, double share, ulong key, int index) =>
        [.. Enumerable.Range(0, sentence.Length).OrderBy(place => Philox.Uniform(key, (ulong)index, (ulong)place))
            .Take(Math.Max(1, (int)Math.Round(share * sentence.Length))).Order()];

    private static int MostFrequent(FileInfo file, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var counts = new long[tokenizer.VocabularySize];
        var tokens = new TokenList();
        foreach (string line in File.ReadLines(file.FullName, Encoding.UTF8))
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokens.Clear();
            tokenizer.Encode(line, tokens);
            foreach (int id in tokens.Ids)
                counts[id]++;
        }
        return Array.IndexOf(counts, counts.Max());
    }
}
