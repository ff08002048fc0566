using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>threads</c>: all threads compared with one, in turns, for a matrix product and for the encoder.</summary>
internal static class ThreadsCommand
{
    private const int Rows = 1024, Inputs = 768, Outputs = 3072;

    public static Command Create()
    {
        var command = new Command("threads", "All threads compared with one, in turns: a matrix product and the encoder.");
        var options = new ModelOptions("base", 8, 128, 30522, command);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(options.Batch), result.GetValue(options.Length),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads)));
        return command;
    }

    private static void Run(EncoderSize size, int batch, int length, int vocabulary, int runs, int threads)
    {
        using (Engine all = CpuEngine.Create(threads), one = CpuEngine.Create(1))
        {
            using PackedProduct product = new(all, Rows, Inputs, Outputs), productOfOne = new(one, Rows, Inputs, Outputs);
            Report("threads, gemm", all, Measurement.InTurn(runs, product.Run, productOfOne.Run), ("rows", Rows), ("inputs", Inputs),
                ("outputs", Outputs));
        }
        int maxLength = Math.Max(512, length);
        using EncoderRun encoder = new(size, vocabulary, maxLength, threads), encoderOfOne = new(size, vocabulary, maxLength, threads: 1);
        RaggedTokens tokens = EncoderSize.RandomTokens(Enumerable.Repeat(length, batch), vocabulary);
        Report("threads, encoder", encoder.Engine,
            Measurement.InTurn(runs, () => encoder.Forward(tokens), () => encoderOfOne.Forward(tokens)),
            ("size", size.Name), ("batch", batch), ("seq", length));
    }

    private static void Report(string what, Engine engine, Measurement[] measured, params ReadOnlySpan<(string, JsonNode?)> shape)
    {
        (Measurement all, Measurement one) = (measured[0], measured[1]);
        JsonLine.Write(what, all,
        [
            .. shape, ("one_thread_ms_min", Math.Round(one.MinimumMilliseconds, 4)),
            ("one_thread_ms_median", Math.Round(one.MedianMilliseconds, 4)),
            ("speedup", Math.Round(one.MedianMilliseconds / all.MedianMilliseconds, 3)), ("engine", engine.Name),
        ]);
    }
}
