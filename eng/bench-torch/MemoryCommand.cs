using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.LoadingMemory;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>memory</c>: torch's live tensors and private memory while training and predicting.</summary>
internal static class MemoryCommand
{
    public static Command Create()
    {
        var command = new Command("memory", "Live tensors and private memory while a classifier is trained and used; on Linux.");
        Argument<int> steps = DeviceOptions.Count("steps", "Training steps.", 1_000);
        Argument<int> predictions = DeviceOptions.Count("predictions", "Predictions.", 10_000);
        command.Arguments.Add(steps);
        command.Arguments.Add(predictions);
        var options = new DeviceOptions(command);
        command.SetAction(result =>
        {
            Run(options.Open(result).Context, result.GetValue(steps), result.GetValue(predictions));
        });
        return command;
    }

    /// <summary>Returns by how many tensors training and predicting grew, from a tenth of the way to the end.</summary>
    public static (long Training, long Predicting) Run(MLContext context, int steps, int predictions)
    {
        var memory = new PrivateMemory();
        List<long> trained = [], predicted = [];
        using BertTextClassificationTransformer model = MemoryGrowth.Train(context, steps, Every(trained, "training step", steps / 10));
        MemoryGrowth.Predict(context, model, predictions, Every(predicted, "prediction", predictions / 10));
        memory.Stop();
        return (trained[^1] - trained[0], predicted[^1] - predicted[0]);

        Action<int, long> Every(List<long> counts, string what, int interval) => (number, tensors) =>
        {
            if (number % interval != 0)
                return;
            counts.Add(tensors);
            GC.Collect();
            JsonLine.Write("memory", ("after", what), ("number", number), ("tensors", tensors), ("private_mb", memory.Read() / 1_000_000));
        };
    }
}
