using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// <c>samples</c>: writes texts without a prompt and compares them with held-out text: the share of their words (<see cref="Words"/>) that
/// occur in the training text, and distinct-2 of words and of tokens, compared with that of as many random runs of as many tokens of the
/// held-out text.
/// </summary>
internal static class SamplesCommand
{
    private const int Excerpts = 20;

    public static Command Create()
    {
        // The defaults of examples/WriteStories.
        var defaults = new GenerationSettings
        {
            Steps = 96, Schedule = MaskSchedule.Cosine, Sampler = Sampler.TopConfidence(), Temperature = 0.9, TopP = 0.95
        };
        var model = new Option<DirectoryInfo?>("--model") { Description = "The model's directory; without it, the embedded model." };
        var train = new Option<FileInfo>("--train") { Description = "The model's training text, UTF-8.", Required = true };
        var text = new Option<FileInfo>("--text") { Description = "Held-out text, UTF-8.", Required = true };
        var output = new Option<FileInfo?>("--output") { Description = "A file for the texts." };
        var count = new Option<int>("--count") { Description = "How many texts.", DefaultValueFactory = _ => 50 };
        var tokens = new Option<int>("--tokens") { Description = "Tokens in a text.", DefaultValueFactory = _ => 96 };
        var steps = new Option<int>("--steps") { Description = "Steps of denoising.", DefaultValueFactory = _ => defaults.Steps };
        var schedule = new Option<string>("--schedule")
        {
            Description = "The mask schedule.", DefaultValueFactory = _ => defaults.Schedule.Name
        };
        var sampler = new Option<string>("--sampler")
        {
            Description = "The sampler.", DefaultValueFactory = _ => defaults.Sampler.ToString()
        };
        var temperature = new Option<double>("--temperature") { DefaultValueFactory = _ => defaults.Temperature };
        var topK = new Option<int>("--top-k") { DefaultValueFactory = _ => defaults.TopK };
        var topP = new Option<double>("--top-p") { DefaultValueFactory = _ => defaults.TopP };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var command = new Command("samples", "Writes texts and compares them with held-out text.")
        {
            model, train, text, output, count, tokens, steps, schedule, sampler, temperature, topK, topP, seed,
        };
        command.SetAction((result, cancellationToken) =>
        {
            EncoderModel source = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName)
                : EncoderModel.Default;
            Tokenizer tokenizer = source.Tokenizer;
            using MaskedLanguageModel loaded = source.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
            using var denoiser = new ModelDenoiser(loaded, tokenizer.MaskToken);
            var settings = new GenerationSettings
            {
                MaxNewTokens = result.GetValue(tokens),
                MaxLength = loaded.Configuration.MaxLength,
                Steps = result.GetValue(steps),
                Schedule = MaskSchedule.Parse(result.GetValue(schedule)!),
                Sampler = Sampler.Parse(result.GetValue(sampler)!),
                Temperature = result.GetValue(temperature),
                TopK = result.GetValue(topK),
                TopP = result.GetValue(topP),
                Samples = result.GetValue(count),
                Seed = (ulong)result.GetValue(seed),
            };
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<GeneratedText> texts = new TextGenerator(denoiser, tokenizer, settings)
                .Generate([""], cancellationToken: cancellationToken);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (result.GetValue(output) is FileInfo file)
                File.WriteAllText(file.FullName, string.Concat(texts.Select((t, i) => $"--- {i + 1}\n{t.Text}\n")));

            HashSet<string> known = Known(result.GetValue(train)!);
            List<List<string>> words = [.. texts.Select(t => Words.Of(t.Text))];
            List<string> all = [.. words.SelectMany(w => w)];
            double occurring = all.Count(known.Contains) / (double)all.Count;
            int special = texts.Sum(t => t.TokenIds.Count(tokenizer.IsSpecial));

            int[] held = HeldOut(result.GetValue(text)!, tokenizer);
            double[] heldWords = new double[Excerpts], heldTokens = new double[Excerpts];
            double heldOccurring = 0;
            for (int set = 0; set < Excerpts; set++)
            {
                List<int[]> runs =
                    [.. Enumerable.Range(0, texts.Count).Select(i => Excerpt(held, settings.MaxNewTokens, settings.Seed, set, i))];
                List<List<string>> runWords = [.. runs.Select(run => Words.Of(tokenizer.Decode(run)))];
                heldTokens[set] = TextMeasures.DistinctN(runs, 2, cancellationToken);
                heldWords[set] = TextMeasures.DistinctN(runWords, 2, cancellationToken);
                heldOccurring += runWords.Sum(w => w.Count(known.Contains)) / (double)runWords.Sum(w => w.Count) / Excerpts;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{texts.Count} texts of {settings.MaxNewTokens} tokens; {settings.Sampler}, {settings.Schedule}, {settings.Steps} steps, " +
                $"temperature {settings.Temperature}, top-k {settings.TopK}, top-p {settings.TopP}, seed {settings.Seed}; " +
                $"{elapsed.TotalSeconds:F1} s on {CpuEngine.Shared.Name}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"words that occur in the training text: {occurring:P2} of {all.Count} (held-out text: {heldOccurring:P2}); not: " +
                $"{string.Join(' ', all.Where(w => !known.Contains(w)).Take(20))}"));
            Write("words", TextMeasures.DistinctN(words, 2, cancellationToken), heldWords);
            Write("tokens", TextMeasures.DistinctN(texts.Select(t => t.TokenIds), 2, cancellationToken), heldTokens);
            Console.WriteLine($"special tokens written: {special}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Write(string unit, double written, double[] held) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"distinct-2 of {unit}: {written:F4}; held-out text: {held.Average():F4} (of {held.Length} draws {held.Min():F4} to " +
            $"{held.Max():F4}); ratio {written / held.Average():F3}"));

    private static int[] Excerpt(int[] held, int length, ulong seed, int set, int index)
    {
        int start = (int)(Philox.Uniform(seed, (ulong)set, (ulong)index) * (held.Length - length + 1));
        return held[start..(start + length)];
    }

    private static HashSet<string> Known(FileInfo file)
    {
        HashSet<string> known = [];
        foreach (string line in File.ReadLines(file.FullName, Encoding.UTF8))
            known.UnionWith(Words.Of(line));
        return known;
    }

    private static int[] HeldOut(FileInfo file, Tokenizer tokenizer)
    {
        var list = new TokenList();
        tokenizer.Encode(File.ReadAllText(file.FullName, Encoding.UTF8), list);
        return list.Ids.ToArray();
    }
}
