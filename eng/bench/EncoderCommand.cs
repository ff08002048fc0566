using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>encoder</c>: tokens to hidden states, BERT's shape, random weights, packed as for inference.</summary>
internal static class EncoderCommand
{
    public static Command Create()
    {
        var command = new Command("encoder", "The encoder's forward pass.");
        var options = new ModelOptions("base", 1, 128, 30522, command);
        var int8 = new Option<bool>("--int8") { Description = "The linear layers in 8-bit integers." };
        command.Options.Add(int8);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(options.Batch), result.GetValue(options.Length),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads), result.GetValue(int8)));
        return command;
    }

    public static void Run(EncoderSize size, int batch, int length, int vocabulary, int runs, int threads, bool int8)
    {
        using Engine engine = CpuEngine.Create(threads);
        using MaskedLanguageModel model = size.Create(EncoderFamily.Bert, vocabulary, Math.Max(512, length), engine);
        model.PrepareForInference();
        if (int8)
            model.Quantize();
        RaggedTokens tokens = EncoderSize.RandomTokens(batch, length, vocabulary);
        using Pass pass = Pass.ForInference(engine);
        Measurement measurement = Measurement.Of(() =>
        {
            pass.Begin();
            model.Encoder.Forward(pass, tokens);
        }, runs);
        JsonLine.Write("encoder", measurement,
            ("size", size.Name), ("batch", batch), ("seq", length), ("int8", int8),
            ("tokens_per_s", Math.Round(tokens.TokenCount / measurement.MinimumMilliseconds * 1e3)),
            ("gflops", Math.Round(size.EncoderOperations(batch, length) / measurement.MinimumMilliseconds / 1e6, 1)), ("engine", engine.Name));
    }
}
