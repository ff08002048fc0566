using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary><c>bound</c>: a model's bound (NELBO) on a whole text, every character coded exactly once.</summary>
internal static class BoundCommand
{
    public static Command Create()
    {
        var model = new Option<DirectoryInfo?>("--model") { Description = "The model's directory; without it, the embedded model." };
        var text = new Option<FileInfo>("--text") { Description = "The text, UTF-8.", Required = true };
        var draws = new Option<int>("--draws") { Description = "Draws for each sequence.", DefaultValueFactory = _ => 8 };
        var characters = new Option<int>("--characters") { Description = "The most characters to read.", DefaultValueFactory = _ => int.MaxValue };
        var command = new Command("bound", "Measures a model's bound in bits per token and per character.") { model, text, draws, characters };
        command.SetAction((result, cancellationToken) =>
        {
            EncoderModel source = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName) : EncoderModel.Default;
            using MaskedLanguageModel loaded = source.LoadMaskedLanguageModel(CpuEngine.Shared);
            MaskedTexts texts = TrainCommand.Read(result.GetValue(text)!, source.Tokenizer, loaded.Configuration.MaxLength, result.GetValue(characters));
            using var denoiser = new ModelDenoiser(loaded, source.Tokenizer.MaskToken);
            var estimator = new NelboEstimator(denoiser, new NelboOptions { Draws = result.GetValue(draws), Seed = 1 }, source.Tokenizer.IsSpecial);
            BoundReport report = estimator.Estimate(texts.Sequences, texts.Leading, cancellationToken: cancellationToken);
            int[] characterCounts = [.. Enumerable.Range(0, texts.Sequences.Count).Select(i => source.Tokenizer.Decode(texts.Sequences[i]).Length)];
            BitRate perCharacter = report.BitsPer(characterCounts);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"bound on '{result.GetValue(text)!.Name}': {perCharacter.Bits:F4} bits per character (95 % interval {perCharacter.Low:F4} to {perCharacter.High:F4}), {report.BitsPerToken.Bits:F4} bits per token; {characterCounts.Sum()} characters, {report.TotalTokens} tokens, {texts.Sequences.Count} sequences, {result.GetValue(draws)} draws each"));
            return Task.FromResult(0);
        });
        return command;
    }
}
