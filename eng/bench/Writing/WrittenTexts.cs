using System.Text.Json;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The texts that a cell wrote: a line of JSON in the file from which an interrupted run continues.</summary>
/// <param name="Cell">The way of writing.</param>
/// <param name="Model">The model.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Calls">The number of denoiser calls for each text, [texts].</param>
/// <param name="Texts">The tokens of each text, [texts].</param>
internal sealed record WrittenTexts(WritingCell Cell, string Model, int Seed, int[] Calls, int[][] Texts)
{
    public double MeanCalls => Calls.Average();

    public static List<WrittenTexts> Read(FileInfo file) =>
        file.Exists ? [.. File.ReadLines(file.FullName).Select(line => JsonSerializer.Deserialize<WrittenTexts>(line)!)] : [];

    public void AppendTo(FileInfo file) => File.AppendAllText(file.FullName, JsonSerializer.Serialize(this) + "\n");
}
