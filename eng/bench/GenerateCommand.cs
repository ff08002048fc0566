using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>generate</c>: one text from masks, RoBERTa's shape, random weights, by the denoising loop that users run.</summary>
internal static class GenerateCommand
{
    private const int MaskToken = 4;

    public static Command Create()
    {
        var command = new Command("generate", "Writing one text, the most confident tokens first.");
        var options = new ModelOptions("base", null, null, 50265, command);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Tokens to write.", 240);
        Option<int> steps = ModelOptions.Positive("--steps", "Steps to write them in.", 10);
        var temperature = new Option<double>("--temperature")
        {
            Description = "The temperature, by which logits are divided.", DefaultValueFactory = _ => 1
        };
        var topP = new Option<double>("--top-p") { Description =
            "Only the most likely tokens that together reach this probability may be written; 1 for all.", DefaultValueFactory = _ => 1 };
        var int8 = new Option<bool>("--int8") { Description = "The linear layers in 8-bit integers." };
        foreach (Option option in new Option[] { tokens, steps, temperature, topP, int8 })
            command.Options.Add(option);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(tokens), result.GetValue(steps), result.GetValue(temperature),
            result.GetValue(topP), result.GetValue(int8),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads)));
        return command;
    }

    public static void Run(EncoderSize size, int tokens, int steps, double temperature, double topP, bool int8, int vocabulary,
        int runs, int threads)
    {
        using CpuEngine engine = CpuEngine.Create(threads);
        using MaskedLanguageModel model = size.Create(EncoderFamily.Roberta, vocabulary, Math.Max(512, tokens + 2), engine);
        model.PrepareForInference();
        if (int8)
            model.Quantize();
        using var own = new ModelDenoiser(model, MaskToken);
        var denoiser = new TimedDenoiser(own);
        var settings = new DenoisingSettings
        {
            Steps = steps, Sampler = Sampler.TopConfidence(), Temperature = temperature, TopP = topP, Seed = 1
        };
        int[] banned = [0, 1, 2, 3];
        var loop = new DenoisingLoop(denoiser, settings, banned);
        int[] masked = [0, .. Enumerable.Repeat(MaskToken, tokens), 2];
        var row = new RaggedTokens();
        int[] calls = [0];
        List<double> outside = [], shares = [];
        Measurement measurement = Measurement.Of(() =>
        {
            row.Clear();
            row.Append(masked);
            TimeSpan before = denoiser.Elapsed;
            long start = Stopwatch.GetTimestamp();
            loop.Run(row, calls: calls);
            TimeSpan whole = Stopwatch.GetElapsedTime(start), rest = whole - (denoiser.Elapsed - before);
            outside.Add(rest.TotalMilliseconds);
            shares.Add(rest / whole);
        }, runs);
        if (row.Tokens.Contains(MaskToken))
            throw new InvalidOperationException("A mask is left after the last step; expected none. Check the sampler.");
        var bare = new DenoisingLoop(own, settings, banned); // the timed denoiser allocates a little too
        long allocated = Allocation.PerRun(() =>
        {
            row.Clear();
            row.Append(masked);
            bare.Run(row);
        });
        JsonLine.Write("generate", measurement,
            ("size", size.Name), ("tokens", tokens), ("steps", steps), ("temperature", temperature), ("top_p", topP), ("int8", int8),
            ("vocabulary", vocabulary), ("calls", calls[0]),
            ("outside_ms_median", Math.Round(Median(outside, runs), 3)), ("outside_share_median", Math.Round(Median(shares, runs), 4)),
            ("tokens_per_s", Math.Round(measurement.PerSecond(tokens), 1)), ("bytes_allocated", allocated), ("engine", engine.Name));
    }

    /// <summary>The median of the last values, those of the measured runs.</summary>
    private static double Median(List<double> values, int count) => values.TakeLast(count).Order().ElementAt(count / 2);
}
