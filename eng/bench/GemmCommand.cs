using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>gemm</c>: linear layers at encoders' shapes, with the processor's peak in the same run.</summary>
internal static class GemmCommand
{
    /// <summary>Rows (tokens), inputs, outputs: the base size at one and at eight sequences, and the mini size.</summary>
    private static readonly (int Rows, int Inputs, int Outputs)[] s_shapes =
        [(128, 768, 768), (128, 768, 3072), (1024, 768, 3072), (2048, 256, 1024)];

    public static Command Create()
    {
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per processor." };
        var seconds = new Option<double>("--seconds") { Description = "Time for each shape.", DefaultValueFactory = _ => 1.5 };
        var training = new Option<bool>("--training") { Description = "Also the forward and backward of training: three products." };
        var command = new Command("gemm", "Matrix multiply, in GFLOP/s, with the peak of multiply-adds.") { threads, seconds, training };
        command.SetAction(result => Run(result.GetValue(threads), result.GetValue(seconds), result.GetValue(training)));
        return command;
    }

    private static void Run(int threads, double seconds, bool training)
    {
        using CpuEngine engine = CpuEngine.Create(threads);
        foreach ((int rows, int inputs, int outputs) in s_shapes)
        {
            double flops = 2.0 * rows * inputs * outputs;
            if (training)
            {
                int length = outputs * inputs;
                using var weight = new Parameter("weight", outputs, inputs);
                engine.CreateValues(weight);
                engine.Write(weight, 0, RandomNumbers.Of(length, seed: 2));
                engine.CreateTraining([weight], averages: false);
                using Executor executor = engine.CreateExecutor();
                Tensor x = executor.Allocate(rows, inputs), y = executor.Allocate(rows, outputs), dx = executor.Allocate(rows, inputs);
                executor.Write(x, RandomNumbers.Of(rows * inputs));
                Report("gemm, training", 3 * flops, () =>
                {
                    executor.Linear(x, weight, null, Activation.None, y);
                    executor.LinearBackward(x, weight, null, y, dx, accumulate: false);
                });
            }
            using var product = new PackedProduct(engine, rows, inputs, outputs);
            Report("gemm", flops, product.Run);

            void Report(string what, double operations, Action action)
            {
                (Measurement measurement, double peak) = FmaPeak.Around(engine.Threads, () => Measurement.Of(action, seconds));
                JsonLine.Write(what, measurement,
                    [("rows", rows), ("inputs", inputs), ("outputs", outputs), .. JsonLine.OfPeak(measurement, operations, peak),
                        ("engine", engine.Name)]);
            }
        }
    }
}
