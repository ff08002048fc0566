using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>generate</c>: one text from masks, RoBERTa's shape, random weights, by the denoising loop that users run.</summary>
internal static class GenerateCommand
{
    private const int MaskToken = 4;

    public static Command Create()
    {
        var command = new Command("generate", "Writing one text, the surest tokens first.");
        var options = new ModelOptions("base", null, null, 50265, command);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Tokens to write.", 240);
        Option<int> steps = ModelOptions.Positive("--steps", "Steps to write them in.", 10);
        command.Options.Add(tokens);
        command.Options.Add(steps);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(tokens), result.GetValue(steps),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads)));
        return command;
    }

    public static void Run(EncoderSize size, int tokens, int steps, int vocabulary, int runs, int threads)
    {
        using Engine engine = CpuEngine.Create(threads);
        using MaskedLanguageModel model = size.Create(EncoderFamily.Roberta, vocabulary, Math.Max(512, tokens + 2), engine);
        model.PrepareForInference();
        using var denoiser = new ModelDenoiser(model, MaskToken);
        var settings = new DenoisingSettings { Steps = steps, Sampler = Sampler.TopConfidence(), Seed = 1 };
        var loop = new DenoisingLoop(denoiser, settings, banned: [0, 1, 2, 3]);
        int[] masked = [0, .. Enumerable.Repeat(MaskToken, tokens), 2];
        var row = new RaggedTokens();
        int[] calls = [0];
        Measurement measurement = Measurement.Of(() =>
        {
            row.Clear();
            row.Append(masked);
            loop.Run(row, calls: calls);
        }, runs);
        if (row.Tokens.Contains(MaskToken))
            throw new InvalidOperationException("A mask was left.");
        JsonLine.Write("generate", measurement,
            ("size", size.Name), ("tokens", tokens), ("steps", steps), ("vocabulary", vocabulary), ("calls", calls[0]),
            ("tokens_per_s", Math.Round(tokens / measurement.MinimumMilliseconds * 1e3, 1)), ("engine", engine.Name));
    }
}
