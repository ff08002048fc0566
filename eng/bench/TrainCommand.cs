using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Objective;
using Microsoft.ML.Diffusion.Training;

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
        // Times are mask rates: half of the positions.
        var objective = new MaskingObjective(new MaskingOptions { MinTime = 0.4999, MaxTime = 0.5001, Seed = 1 }, maskToken: 4);
        var optimizer = new Optimizer(engine, model.Parameters, new TrainingOptions { LearningRate = 1e-4 });
        using Pass pass = Pass.ForTraining(engine, withDropout: false, recompute);
        long step = 0;
        int rows = 0;
        void Step()
        {
            objective.Corrupt(tokens, [], [], step++);
            pass.Begin();
            optimizer.ClearGradients();
            Tensor hidden = model.Encoder.Forward(pass, objective.Corrupted);
            Tensor transformed = model.Head.Transform(pass, pass.Gather(hidden, objective.Rows));
            Loss loss = model.Head.Loss(pass, transformed, objective.Targets, objective.Weights);
            pass.Backward();
            pass.Read(loss);
            optimizer.Step(1e-4, objective.Divisor);
            rows = objective.RowCount;
        }
        (Measurement measurement, double peak) = FmaPeak.Around(engine.Threads, () => Measurement.Of(Step, runs));
        double operations = 3 * (size.EncoderOperations(lengths) + size.HeadOperations(rows, vocabulary));
        JsonLine.Write("train", measurement,
        [
            ("size", size.Name), ("batch", batch), ("seq", length), ("vocabulary", vocabulary),
            ("tokens_per_s", Math.Round(measurement.PerSecond(tokens.TokenCount))),
            .. JsonLine.OfPeak(measurement, operations, peak), ("recompute", recompute),
            ("tensors_mib", Math.Round(pass.PeakElements * sizeof(float) / 1048576.0, 1)), ("bytes_allocated", Allocation.PerRun(Step)),
            ("engine", engine.Name),
        ]);
    }
}
