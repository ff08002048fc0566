namespace Microsoft.ML.Diffusion.CompareOnnx;

/// <summary>Texts with labels.</summary>
internal sealed class LabeledText
{
    public string Label { get; set; } = "";

    public string Sentence1 { get; set; } = "";

    /// <summary>Reads a file of lines with a label, a tab and a text, after a line of headings.</summary>
    /// <exception cref="InvalidDataException">A line has another form.</exception>
    public static LabeledText[] Read(string path, int rows) => [.. File.ReadLines(path).Skip(1).Take(rows).Select(line =>
        line.Split('\t') is [var label, var text] ? new LabeledText { Label = label, Sentence1 = text }
            : throw new InvalidDataException($"'{path}' has the line \"{line}\"; expected a label, a tab and a text."))];
}
