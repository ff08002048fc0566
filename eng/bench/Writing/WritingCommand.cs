using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>writing</c>: the quality of the texts that each sampler writes, against the number of denoiser calls. Texts are written without a
/// prompt and kept in a file; an interrupted run continues from it. Then all texts are measured, together with held-out text by people.
/// </summary>
internal static class WritingCommand
{
    /// <summary>The number of pieces of held-out text that are measured, as a multiple of the number of written texts.</summary>
    private const int HeldOutSets = 20;

    public static Command Create()
    {
        var train = new Option<FileInfo>("--train") { Description =
            "The model's training text, UTF-8; the 3-gram model is trained on it too.", Required = true };
        var text = new Option<FileInfo>("--text") { Description = "Held-out text, UTF-8.", Required = true };
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "A directory for the texts, the table and the plots.", Required = true
        };
        var model = new Option<DirectoryInfo?>("--model") { Description = "The model's directory; without it, the embedded model." };
        Option<int> count = ModelOptions.Positive("--count", "Texts of each sampler and number of steps.", 200, minimum: 2);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Tokens in a text.", 64);
        Option<int> threads = ModelOptions.Positive("--threads", "Threads; 0 for one per processor.", 0, minimum: 0);
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var measureOnly = new Option<bool>("--measure-only") { Description = "Write no more texts; measure those that are there." };
        var command = new Command("writing", "The quality of written texts against calls of the denoiser, for each sampler.")
        {
            train, text, output, model, count, tokens, threads, seed, measureOnly
        };
        command.SetAction((result, cancellationToken) =>
        {
            DirectoryInfo directory = Directory.CreateDirectory(result.GetValue(output)!.FullName);
            EncoderModel source = result.GetValue(model) is DirectoryInfo own ? EncoderModel.FromDirectory(own.FullName)
                : EncoderModel.Default;
            string name = result.GetValue(model)?.Name ?? "embedded";
            var file = new FileInfo(Path.Combine(directory.FullName, "texts.jsonl"));
            bool Belongs(WrittenTexts texts) => texts.Model == name && texts.Seed == result.GetValue(seed) &&
                texts.Texts.Length == result.GetValue(count) && texts.Texts[0].Length == result.GetValue(tokens);
            List<WrittenTexts> written = [.. WrittenTexts.Read(file).Where(Belongs)];
            if (!result.GetValue(measureOnly))
            {
                using Engine engine = CpuEngine.Create(result.GetValue(threads));
                using MaskedLanguageModel loaded = source.LoadMaskedLanguageModel(engine, cancellationToken);
                using var denoiser = new ModelDenoiser(loaded, source.Tokenizer.MaskToken);
                foreach (WritingCell cell in WritingCell.All(result.GetValue(tokens)))
                {
                    if (written.Any(texts => texts.Cell == cell))
                        continue;
                    IReadOnlyList<GeneratedText> texts = Write(cell, denoiser, source.Tokenizer, loaded.Configuration.MaxLength,
                        result.GetValue(count), result.GetValue(tokens), result.GetValue(seed), cancellationToken);
                    var line = new WrittenTexts(cell, name, result.GetValue(seed), [.. texts.Select(t => t.Calls)],
                        [.. texts.Select(t => t.TokenIds.ToArray())]);
                    line.AppendTo(file);
                    written.Add(line);
                    Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {cell}: {line.MeanCalls:F1} calls");
                }
            }

            var trigrams = new TrigramModel(source.Tokenizer.VocabularySize,
                Encode(result.GetValue(train)!, source.Tokenizer, cancellationToken));
            int[] held = Encode(result.GetValue(text)!, source.Tokenizer, cancellationToken);
            int[][] pieces =
                [.. Enumerable.Range(0, HeldOutSets * result.GetValue(count)).Select(i => Piece(held, result.GetValue(tokens), i))];
            WritingMeasures people = WritingMeasures.Of(pieces, result.GetValue(count), trigrams, source.Tokenizer);
            List<MeasuredCell> cells =
                [.. written.Select(texts => new MeasuredCell(texts.Cell, texts.MeanCalls,
                    WritingMeasures.Of(texts.Texts, texts.Texts.Length, trigrams, source.Tokenizer)))];
            WritingReport.Write(directory, cells, people);
            return Task.FromResult(0);
        });
        return command;
    }

    private static IReadOnlyList<GeneratedText> Write(WritingCell cell, ModelDenoiser denoiser, Tokenizer tokenizer, int maxLength,
        int count, int tokens, int seed, CancellationToken cancellationToken)
    {
        var settings = new GenerationSettings
        {
            Sampler = Sampler.Parse(cell.Sampler),
            Schedule = MaskSchedule.Parse(cell.Schedule),
            Steps = cell.Steps,
            Temperature = cell.Temperature,
            TopP = cell.TopP,
            MaxNewTokens = tokens,
            MaxLength = maxLength,
            Samples = count,
            Seed = (ulong)seed,
        };
        return new TextGenerator(denoiser, tokenizer, settings).Generate([""], cancellationToken: cancellationToken);
    }

    private static int[] Piece(int[] held, int length, int index)
    {
        int start = (int)(Philox.Uniform(1, 0, (ulong)index) * (held.Length - length + 1));
        return held[start..(start + length)];
    }

    private static int[] Encode(FileInfo file, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        using StreamReader reader = file.OpenText();
        var list = new TokenList();
        List<int> tokens = [];
        foreach (string piece in ByteLevelBpeTrainer.ReadTexts(reader))
        {
            cancellationToken.ThrowIfCancellationRequested();
            list.Clear();
            tokenizer.Encode(piece, list);
            tokens.AddRange(list.Ids);
        }
        return [.. tokens];
    }
}
