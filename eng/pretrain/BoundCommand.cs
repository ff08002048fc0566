using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary><c>bound</c>: a model's bound on a whole text, every character coded exactly once.</summary>
internal static class BoundCommand
{
    public static Command Create()
    {
        var model = new Option<DirectoryInfo?>("--model") { Description = "The model's directory; without it, the embedded model." };
        var text = new Option<FileInfo>("--text") { Description = "The text, UTF-8.", Required = true };
        var draws = new Option<int>("--draws")
        {
            Description = "Draws for each sequence; orders, for orders.", DefaultValueFactory = _ => 8
        };
        var characters = new Option<int>("--characters")
        {
            Description = "The maximum number of characters to read.", DefaultValueFactory = _ => int.MaxValue
        };
        var estimatorName =
            new Option<string>("--estimator") { Description =
                "count (exactly k masked), time (a time under the schedule), or orders (importance-weighted; a draw costs a run for each " +
                "token).", DefaultValueFactory = _ => "count" };
        estimatorName.AcceptOnlyFromAmong("count", "time", "orders");
        var schedule = new Option<string>("--schedule")
        {
            Description = "The schedule of --estimator time.", DefaultValueFactory = _ => "Linear"
        };
        var steps = new Option<int>("--steps") { Description = "The steps of discrete time of --estimator time; 0 for continuous time." };
        var sequences = new Option<int>("--sequences")
        {
            Description = "The maximum number of sequences, evenly spaced in the text.", DefaultValueFactory = _ => int.MaxValue
        };
        var int8 = new Option<bool>("--int8") { Description = "The encoder's linear layers in 8-bit integers." };
        var running = new Option<bool>("--running") { Description =
            "Codes the text as one running text. Without it, a file with empty lines is coded story by story, each with its end." };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var command = new Command("bound", "Measures a model's bound in bits per token, word and character.")
        {
            model, text, draws, characters, estimatorName, schedule, steps, sequences, int8, running, seed
        };
        command.SetAction((result, cancellationToken) =>
        {
            EncoderModel source = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName)
                : EncoderModel.Default;
            if (result.GetValue(int8))
                source = source.Quantized();
            using MaskedLanguageModel loaded = source.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
            FileInfo file = result.GetValue(text)!;
            bool byStories = !result.GetValue(running) && Stories.HasSeveral(file);
            MaskedTexts texts = TrainCommand.Read(
                file, source.Tokenizer, loaded.Configuration.MaxLength, result.GetValue(characters), byStories);
            using var denoiser = new ModelDenoiser(loaded, source.Tokenizer.MaskToken);
            var options = new NelboOptions { Draws = result.GetValue(draws), Seed = (ulong)result.GetValue(seed) };
            BoundEstimator estimator = result.GetValue(estimatorName) switch
            {
                "time" => new TimeBoundEstimator(denoiser, MaskSchedule.Parse(result.GetValue(schedule)!), options,
                    source.Tokenizer.IsSpecial, result.GetValue(steps)),
                "orders" => new OrderBoundEstimator(denoiser, options, source.Tokenizer.IsSpecial),
                _ => new NelboEstimator(denoiser, options, source.Tokenizer.IsSpecial),
            };
            int[] characterCounts = TextUnits.Characters(texts, source.Tokenizer), wordCounts = TextUnits.Words(texts, source.Tokenizer);
            int count = texts.Sequences.Count, taken = Math.Min(count, result.GetValue(sequences));
            int[] places = [.. Enumerable.Range(0, taken).Select(i => (int)((long)i * count / taken))];
            foreach (int place in places)
                estimator.Add(texts.Sequences[place], texts.Leading[place], cancellationToken: cancellationToken);
            BoundReport report = estimator.Complete(cancellationToken);
            int[] takenCharacters = [.. places.Select(place => characterCounts[place])],
                takenWords = [.. places.Select(place => wordCounts[place])];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"bound on '{file.Name}', {(byStories ? "story by story" : "running")}, by {result.GetValue(estimatorName)}: " +
                    $"{Rate(report.BitsPer(takenCharacters))} bits per character, {Rate(report.BitsPer(takenWords))} per word, " +
                    $"{Rate(report.BitsPerToken)} per token; " +
                    $"±{report.DrawStandardError * 1.96 / Math.Log(2) / takenCharacters.Sum():F4} " +
                    $"bits per character of that from the draws alone; {takenCharacters.Sum()} characters, {takenWords.Sum()} words, " +
                    $"{report.TotalTokens} tokens, {taken} sequences, {options.Draws} draws each"));
            return Task.FromResult(0);
        });
        return command;
    }

    private static string Rate(BitRate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{rate.Bits:F4} (95 % interval {rate.Low:F4} to {rate.High:F4})");
}
