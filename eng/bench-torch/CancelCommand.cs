using System.CommandLine;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>cancel</c>: from a cancellation to the end of the work.</summary>
internal static class CancelCommand
{
    public static Command Create()
    {
        var command = new Command("cancel", "From a cancellation to the end of the work, at the size of BERT base.");
        Argument<int> attempts = DeviceOptions.Count("attempts", "Cancellations at random moments.", 10);
        command.Arguments.Add(attempts);
        var options = new DeviceOptions(command);
        command.SetAction(result => CancellationTime.Measure(options.Open(result).Context, result.GetValue(attempts)));
        return command;
    }
}
