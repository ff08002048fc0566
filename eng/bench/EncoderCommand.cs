using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>encoder</c>: tokens to hidden states, BERT's shape, random weights, packed as for inference.</summary>
internal static class EncoderCommand
{
    public static Command Create()
    {
        var command = new Command("encoder", "The encoder's forward pass.");
        var options = new ModelOptions("base", 1, 128, 30522, command);
        Option<LengthsFile?> lengths = options.AddLengths(command);
        var int8 = new Option<bool>("--int8") { Description = "The linear layers in 8-bit integers." };
        command.Options.Add(int8);
        command.SetAction(result =>
        {
            LengthsFile? file = result.GetValue(lengths);
            int[] sequences = file?.Lengths ?? [.. Enumerable.Repeat(result.GetValue(options.Length), result.GetValue(options.Batch))];
            Run(EncoderSize.Of(result.GetValue(options.Size)!), sequences, isRagged: file is not null,
                result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads),
                result.GetValue(int8));
        });
        return command;
    }

    private static void Run(EncoderSize size, int[] lengths, bool isRagged, int vocabulary, int runs, int threads, bool int8)
    {
        using var encoder = new EncoderRun(size, vocabulary, Math.Max(512, lengths.Max()), threads, int8);
        RaggedTokens tokens = EncoderSize.RandomTokens(lengths, vocabulary);
        void Forward() => encoder.Forward(tokens);
        (Measurement measurement, double peak) = FmaPeak.Around(encoder.Engine.Threads, () => Measurement.Of(Forward, runs));
        JsonLine.Write("encoder", measurement,
        [
            ("size", size.Name), ("batch", lengths.Length), (isRagged ? "longest" : "seq", lengths.Max()),
            ("tokens", tokens.TokenCount), ("int8", int8),
            ("tokens_per_s", Math.Round(measurement.PerSecond(tokens.TokenCount))),
            .. JsonLine.OfPeak(measurement, size.EncoderOperations(lengths), peak), ("bytes_allocated", Allocation.PerRun(Forward)),
            ("engine", encoder.Engine.Name),
        ]);
    }
}
