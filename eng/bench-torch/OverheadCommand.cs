using System.Diagnostics;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;
using Microsoft.ML.Diffusion.Encoders;
using TorchSharp;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>overhead</c>: what the host does in a training step: native calls, waits, managed bytes, and the calls' time. The model is so small
/// that the device has next to nothing to do.
/// </summary>
internal static class OverheadCommand
{
    private const int Steps = 10;
    private const double MillisecondsAllowed = 8;

    /// <summary>Calls that start no operation: handles, results, arguments of scripts, error checks.</summary>
    private static readonly string[] s_housekeeping =
    [
        "_dispose", "last_err", "TensorOrScalar", "_scalar", "_type", "_sizes", "_ndimension", "_shape", "_numel", "Storage", "_stride",
        "is_contiguous",
    ];

    /// <summary>Operations that only look at the same memory otherwise.</summary>
    private static readonly string[] s_views =
    [
        "_view", "_narrow", "_permute", "_transpose", "_select", "_unsqueeze", "_squeeze", "_expand", "_as_strided", "_empty",
        "THSTensor_t#",
    ];

    public static Command Create()
    {
        var command = new Command("overhead", "Native calls, waits and managed bytes of a training step, and the calls' time.");
        var options = new DeviceOptions(command);
        command.SetAction(result => CountedLibrary.IsCopy
            ? Run(options.Open(result).Engine)
            : CountedLibrary.Run("overhead", "--device", options.Device(result), "--precision", options.Precision(result).ToString()));
        return command;
    }

    private static int Run(TorchSharpEngine engine)
    {
        torch.set_num_threads(1);
        bool isWithin = true;
        foreach (bool dropout in new[] { false, true })
        {
            Profile six = Measure(engine, 6, dropout), twelve = Measure(engine, 12, dropout);
            (double forward, double backward) = ((twelve.Forward - six.Forward) / 6, (twelve.Backward - six.Backward) / 6);
            JsonLine.Write("layer", ("dropout", dropout), ("forward_operations", forward), ("backward_operations", backward),
                ("forward_native_calls", (twelve.ForwardNative - six.ForwardNative) / 6),
                ("backward_native_calls", (twelve.BackwardNative - six.BackwardNative) / 6),
                ("forward_launches",
                    (twelve.ForwardLaunches - six.ForwardLaunches) / 6 + ScriptLaunches.Forward(engine.HasFusedAttention)),
                ("backward_launches",
                    (twelve.BackwardLaunches - six.BackwardLaunches) / 6 + ScriptLaunches.Backward(engine.HasFusedAttention)));
            double microseconds = MicrosecondsOfCall(engine);
            double milliseconds = twelve.Operations * microseconds / 1e3;
            JsonLine.Write("step", ("layers", 12), ("dropout", dropout), ("operations", twelve.Operations), ("native_calls", twelve.Native),
                ("waits", twelve.Waits), ("managed_bytes", twelve.Bytes), ("us_an_operation", Math.Round(microseconds, 2)),
                ("host_ms", Math.Round(milliseconds, 2)), ("ms_of_the_whole_step", Math.Round(twelve.Milliseconds, 2)));
            isWithin &= forward <= 16 && backward <= 32 && milliseconds <= MillisecondsAllowed && twelve.Waits == 1;
        }
        return isWithin ? 0 : 1;
    }

    private static Profile Measure(TorchSharpEngine engine, int layers, bool dropout)
    {
        var configuration = new EncoderConfiguration
        {
            VocabularySize = 64, HiddenSize = 64, Layers = layers, MaxLength = 16,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2 },
            Attention = new AttentionConfiguration { Heads = 2, Dropout = dropout ? .1 : 0 },
            FeedForward = new FeedForwardConfiguration { Width = 128 },
        };
        if (dropout)
            configuration = configuration.WithDropout(.1);
        using MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Bert, configuration, engine, seed: 1);
        model.PrepareForTraining();
        using var step = new TrainingStep(engine, model, EncoderSize.RandomTokens([8], 64), maskToken: 4, dropout);
        for (int i = 0; i < 100; i++)
            step.Run();
        long waits = engine.Waits, bytes = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Steps; i++)
            step.Run();
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds / Steps;
        (waits, bytes) = ((engine.Waits - waits) / Steps, (GC.GetAllocatedBytesForCurrentThread() - bytes) / Steps);
        Dictionary<string, long> before = CountedLibrary.Read();
        Loss loss = step.Forward();
        Dictionary<string, long> afterForward = CountedLibrary.Read();
        step.Backward();
        Dictionary<string, long> afterBackward = CountedLibrary.Read();
        step.Update(loss);
        Dictionary<string, long> after = CountedLibrary.Read();
        return new Profile(
            Count(before, afterForward, IsOperation), Count(afterForward, afterBackward, IsOperation), Count(before, after, IsOperation),
            Count(before, afterForward, _ => true), Count(afterForward, afterBackward, _ => true), Count(before, after, _ => true),
            Count(before, afterForward, Launches), Count(afterForward, afterBackward, Launches), waits, bytes, milliseconds);
    }

    private static double Count(Dictionary<string, long> before, Dictionary<string, long> after, Func<string, bool> counts) =>
        after.Where(pair => counts(pair.Key)).Sum(pair => pair.Value - before[pair.Key]);

    private static bool IsOperation(string function) => !s_housekeeping.Any(part => function.Contains(part, StringComparison.Ordinal));

    private static bool Launches(string function) =>
        IsOperation(function) && !s_views.Any(part => function.Contains(part, StringComparison.Ordinal)) &&
        !function.Contains("CompilationUnit_Invoke", StringComparison.Ordinal);

    /// <summary>The time of one operation with all its native calls, the mean of a view, a product and a script's call.</summary>
    private static double MicrosecondsOfCall(TorchSharpEngine engine)
    {
        using torch.Tensor x = torch.ones([8, 16], torch.ScalarType.Float32, engine.Device);
        using torch.Tensor w = torch.ones([16, 16], torch.ScalarType.Float32, engine.Device);
        var scripts = Scripts.Compile();
        Action[] calls =
        [
            () => x.narrow(0, 0, 4).Dispose(),
            () => torch.nn.functional.linear(x, w).Dispose(),
            () => scripts.Run("relu_backward", x, x).Dispose(),
        ];
        return calls.Average(call => Measurement.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
                call();
        }, 9).MinimumMilliseconds);
    }

    /// <summary>What the parts of a step took.</summary>
    private sealed record Profile(
        double Forward, double Backward, double Operations, double ForwardNative, double BackwardNative, double Native,
        double ForwardLaunches, double BackwardLaunches, long Waits, long Bytes, double Milliseconds);
}
