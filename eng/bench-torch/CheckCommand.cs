using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;
using TorchSharp;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>check</c>: all checks of a device in a few minutes, and one table: conformance, parity with the CPU engine, the same result twice,
/// growth of memory, speed.
/// </summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Conformance, parity, determinism, memory and speed on a device, and one table.");
        var options = new DeviceOptions(command);
        command.SetAction(result => Run(options.Device(result)));
        return command;
    }

    private static int Run(string device)
    {
        var rows = new List<(string Check, string Result, bool IsGood, double Seconds)>();
        (MLContext context, TorchSharpEngine engine) = DeviceOptions.Open(device, Precision.Float32);
        bool isGpu = engine.Device.type != DeviceType.CPU;
        TorchSharpEngine rounded = DeviceOptions.Open(device, Precision.BFloat16).Engine;
        (context, engine) = DeviceOptions.Open(device, Precision.Float32); // which loaded models compute on
        Check("engine", () => ($"{engine.Name}, fused attention: {engine.HasFusedAttention}, in bf16: {rounded.HasFusedAttention}", true));
        foreach (TorchSharpEngine each in new[] { engine, rounded })
        {
            Check($"conformance, {each.Precision}", () =>
            {
                (int passed, int failed) = ConformanceCommand.Run(each);
                return ($"{passed} passed, {failed} failed", failed == 0);
            });
        }
        Check("training beside the CPU, 60 steps", () =>
        {
            (double first, double all) = DriftCommand.Run(engine, 60, withOtherInstructions: false);
            // Fused attention draws other dropout, so only the training without it is compared; it is the first.
            return (string.Create(CultureInfo.InvariantCulture, $"losses within {first:G2} over 20 steps, {all:G2} over all"),
                engine.HasFusedAttention || first < 1e-4 && all < 1e-2);
        });
        Check("the same training twice", () =>
        {
            double[] once = TrainingDrift.Losses(engine, 30, batchTokens: 256), again = TrainingDrift.Losses(engine, 30, batchTokens: 256);
            return (once.AsSpan().SequenceEqual(again) ? "the same bits" : "different", once.AsSpan().SequenceEqual(again));
        });
        Check("texts beside the CPU's", () =>
        {
            (int different, int all) = ParityCommand.Run(context, engine, 10);
            return ($"{different} of {all} differ", different <= all / 10);
        });
        Check("memory", () =>
        {
            (long training, long predicting) = MemoryCommand.Run(context, 200, 1_000);
            return ($"{training} tensors more after training, {predicting} after predicting", training <= 0 && predicting <= 0);
        });
        Check("overhead of a step", () =>
            (CountedLibrary.Run("overhead", "--device", device) == 0 ? "within its bounds" : "see above", true));
        Check("speed", () =>
        {
            // bfloat16 takes a CPU that has no instructions for it minutes.
            SpeedCommand.Run(device, isGpu ? 9 : 1, "", isGpu ? [Precision.Float32, Precision.BFloat16] : [Precision.Float32]);
            return ("see above", true);
        });
        Console.WriteLine();
        foreach ((string check, string result, bool isGood, double seconds) in rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(isGood ? "ok" : "FAILED"),-7}{check,-36}{result,-60}{seconds,6:F0} s"));
        }
        return rows.All(row => row.IsGood) ? 0 : 1;

        void Check(string name, Func<(string, bool)> check)
        {
            long started = Stopwatch.GetTimestamp();
            (string result, bool isGood) = Try(check);
            rows.Add((name, result, isGood, Stopwatch.GetElapsedTime(started).TotalSeconds));
        }
    }

    private static (string, bool) Try(Func<(string, bool)> check)
    {
        try
        {
            return check();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return ($"{exception.GetType().Name}: {exception.Message.Split('\n')[0]}", false);
        }
    }
}
