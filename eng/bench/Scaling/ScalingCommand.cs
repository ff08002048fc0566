using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>scaling</c>: the encoder's time on sequences of 16 to 512 tokens and on batches of 1 to 64 sequences, doubling each.
/// </summary>
internal static class ScalingCommand
{
    private const int LeastLength = 16, MaxLength = 512, MaxBatch = 64;

    public static Command Create()
    {
        var command = new Command("scaling", "How the encoder's time grows with the sequences' length and number.");
        var options = new ModelOptions("base", null, null, 30522, command);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Batches of more tokens are left out.", 16384, minimum: LeastLength);
        var plot = new Option<FileInfo?>("--plot") { Description = "A file for the plot, SVG." };
        var markdown = new Option<FileInfo?>("--markdown") { Description = "A file for the table, Markdown." };
        foreach (Option option in new Option[] { tokens, plot, markdown })
            command.Options.Add(option);
        command.SetAction((result, cancellationToken) =>
        {
            EncoderSize size = EncoderSize.Of(result.GetValue(options.Size)!);
            using var encoder = new EncoderRun(size, result.GetValue(options.Vocabulary), MaxLength, result.GetValue(options.Threads));
            var points = new List<ScalingPoint>();
            for (int length = LeastLength; length <= MaxLength; length *= 2)
            {
                for (int batch = 1; batch <= MaxBatch && batch * length <= result.GetValue(tokens); batch *= 2)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    points.Add(Measure(encoder, size, batch, length, result.GetValue(options.Vocabulary), result.GetValue(options.Runs)));
                    points[^1].Write(size, encoder.Engine.Name);
                }
            }
            if (result.GetValue(plot) is FileInfo picture)
                File.WriteAllText(picture.FullName, ScalingReport.ToSvg(size, encoder.Engine.Name, points));
            if (result.GetValue(markdown) is FileInfo table)
                File.WriteAllText(table.FullName, ScalingReport.ToMarkdown(points));
            return Task.FromResult(0);
        });
        return command;
    }

    private static ScalingPoint Measure(EncoderRun encoder, EncoderSize size, int batch, int length, int vocabulary, int runs)
    {
        int[] lengths = [.. Enumerable.Repeat(length, batch)];
        RaggedTokens tokens = EncoderSize.RandomTokens(lengths, vocabulary);
        (Measurement measurement, double peak) =
            FmaPeak.Around(encoder.Engine.Threads, () => Measurement.Of(() => encoder.Forward(tokens), runs));
        return new(batch, length, measurement, size.EncoderOperations(lengths), peak);
    }
}
