using System.Text.Json;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The texts that a cell wrote: a line of JSON in the file that a run cut short goes on from.</summary>
/// <param name="Cell">How they were written.</param>
/// <param name="Model">By which model.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Calls">How many times the denoiser ran each text, [texts].</param>
/// <param name="Texts">The tokens of each text, [texts].</param>
internal sealed record WrittenTexts(WritingCell Cell, string Model, int Seed, int[] Calls, int[][] Texts)
{
    public double MeanCalls => Calls.Average();

    public static List<WrittenTexts> Read(FileInfo file) =>
        file.Exists ? [.. File.ReadLines(file.FullName).Select(line => JsonSerializer.Deserialize<WrittenTexts>(line)!)] : [];

    public void AppendTo(FileInfo file) => File.AppendAllText(file.FullName, JsonSerializer.Serialize(this) + "\n");
}
