using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>train</c>: steps of masked diffusion (masking, forward, backward, AdamW), half of the
/// positions predicted, no dropout.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "A training step of masked diffusion, half of the positions predicted.");
        var options = new ModelOptions("mini", 16, 128, 50265, command);
        var recompute = new Option<bool>("--recompute") { Description = "Gradient checkpointing: the backward pass runs layers again." };
        command.Options.Add(recompute);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(options.Batch), result.GetValue(options.Length),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads),
            result.GetValue(recompute)));
        return command;
    }

    public static void Run(EncoderSize size, int batch, int length, int vocabulary, int runs, int threads, bool recompute = false)
    {
        using CpuEngine engine = CpuEngine.Create(threads);
        using MaskedLanguageModel model = size.Create(EncoderFamily.Roberta, vocabulary, Math.Max(512, length), engine);
        model.PrepareForTraining();
        int[] lengths = [.. Enumerable.Repeat(length, batch)];
        RaggedTokens tokens = EncoderSize.RandomTokens(lengths, vocabulary);
        using var step = new TrainingStep(engine, model, tokens, maskToken: 4, dropout: false, recompute);
        (Measurement measurement, double peak) = FmaPeak.Around(engine.Threads, () => Measurement.Of(step.Run, runs));
        double operations = 3 * (size.EncoderOperations(lengths) + size.HeadOperations(step.Rows, vocabulary));
        JsonLine.Write("train", measurement,
        [
            ("size", size.Name), ("batch", batch), ("seq", length), ("vocabulary", vocabulary),
            ("tokens_per_s", Math.Round(measurement.PerSecond(tokens.TokenCount))),
            .. JsonLine.OfPeak(measurement, operations, peak), ("recompute", recompute),
            ("tensors_mib", Math.Round(step.PeakElements * sizeof(float) / 1048576.0, 1)), ("bytes_allocated", Allocation.PerRun(step.Run)),
            ("engine", engine.Name),
        ]);
    }
}
