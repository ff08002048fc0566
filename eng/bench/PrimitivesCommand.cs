using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>primitives</c>: each primitive of a training step, forward and backward, at one layer's shapes.</summary>
internal static class PrimitivesCommand
{
    private const int Sequence = 128, HeadWidth = 64;

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Tokens, a multiple of 128.", DefaultValueFactory = _ => 2048 };
        var width = new Option<int>("--width") { Description = "Width, a multiple of 64.", DefaultValueFactory = _ => 256 };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per processor." };
        var seconds = new Option<double>("--seconds") { Description = "Time for each primitive.", DefaultValueFactory = _ => .5 };
        var command = new Command("primitives", "Each primitive of a layer alone, forward and backward.") { rows, width, threads, seconds };
        command.SetAction(result => Run(result.GetValue(rows), result.GetValue(width), result.GetValue(threads), result.GetValue(seconds)));
        return command;
    }

    private static void Run(int rows, int width, int threads, double seconds)
    {
        int heads = width / HeadWidth;
        using CpuEngine engine = CpuEngine.Create(threads);
        using Executor executor = engine.CreateExecutor();
        using Parameter scale = New(1, width), up = New(4 * width, width), table = New(8192, width);
        Tensor x = Filled(width), y = Filled(width), dx = Filled(width), statistics = executor.Allocate(rows, 2);
        Tensor wide = Filled(4 * width), dWide = Filled(4 * width), half = Filled(2 * width);
        Tensor qkv = Filled(3 * width), dQkv = Filled(3 * width), logSumExp = executor.Allocate(rows, heads);
        int[] ids = [.. Enumerable.Range(0, rows).Select(i => i * 7919 % table.Rows)];
        Indices tokens = executor.WriteIndices(ids), masked = executor.WriteIndices([.. Enumerable.Range(0, rows / 2).Select(i => 2 * i)]);
        Sequences sequences = executor.WriteSequences([.. Enumerable.Range(0, rows / Sequence + 1).Select(i => i * Sequence)]);
        Tensor picked = executor.Allocate(masked.Count, width), dPicked = executor.Allocate(masked.Count, width);
        Indices targets = executor.WriteIndices(ids.AsSpan(0, masked.Count));
        Tensor weights = executor.Allocate(masked.Count, 1);
        executor.Write(weights, [.. Enumerable.Repeat(1f, masked.Count)]);
        AttentionPattern full = AttentionPattern.Full, window = AttentionPattern.Window(64);

        Report("linear, 4 outputs an input", () => executor.Linear(x, up, null, Activation.None, wide));
        Report("linear backward", () => executor.LinearBackward(x, up, null, dWide, dx, accumulate: false));
        Report("attend", () => executor.Attend(qkv, sequences, heads, full, null, y, logSumExp, default));
        Report("attend backward",
            () => executor.AttendBackward(qkv, sequences, heads, full, null, y, logSumExp, dx, dQkv, null, false, default));
        Report("attend, reach 64", () => executor.Attend(qkv, sequences, heads, window, null, y, logSumExp, default));
        Report("rotate", () => executor.Rotate(qkv, sequences, heads, 10_000, inverse: false));
        Report("add, layer norm", () => executor.AddLayerNorm(x, x, scale, null, 1e-5, y, dx, statistics));
        Report("layer norm backward", () => executor.LayerNormBackward(x, scale, null, statistics, y, dx, accumulate: true));
        foreach (Activation activation in new[] { Activation.Gelu, Activation.GeluTanh, Activation.Silu })
        {
            Report($"gate, {activation}", () => executor.Gate(wide, activation, half));
            Report($"gate backward, {activation}", () => executor.GateBackward(wide, activation, half, dWide, accumulate: false));
        }
        Report("dropout", () => executor.Dropout(x, .1, 1, y, accumulate: false));
        Report("copy", () => executor.Copy(x, y, accumulate: false));
        Report("embed", () => executor.Embed(tokens, table, y, accumulate: false));
        Report("embed backward", () => executor.EmbedBackward(tokens, table, y));
        Report("gather", () => executor.Gather(x, masked, picked));
        Report("cross-entropy of 8,192 classes", () => executor.LinearCrossEntropy(picked, table, null, targets, weights, null, 0));
        Report("cross-entropy of 8,192 classes and backward",
            () => executor.LinearCrossEntropy(picked, table, null, targets, weights, dPicked, 0));
        Report("AdamW of the table", () => engine.Update([table], new AdamWStep(1e-6, .9, .999, 1e-8, .01, 1, 1, 1)));
        Report("Σ x² of the table", () => engine.SumOfSquares([table]));
        Report("clear the table's gradient", () => engine.ClearGradients([table]));

        void Report(string what, Action action) =>
            JsonLine.Write(what, Measurement.Of(action, seconds), ("rows", rows), ("width", width), ("engine", engine.Name));

        Tensor Filled(int columns)
        {
            Tensor tensor = executor.Allocate(rows, columns);
            executor.Write(tensor, RandomNumbers.Of(rows * columns));
            return tensor;
        }

        Parameter New(int outputs, int inputs)
        {
            Parameter parameter = new("weight", outputs, inputs);
            engine.CreateValues(parameter);
            engine.Write(parameter, 0, RandomNumbers.Of(outputs * inputs));
            engine.CreateTraining([parameter], averages: false);
            return parameter;
        }
    }
}
