using System.Globalization;

namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>Forms of values in text for a person.</summary>
internal static class TextForms
{
    /// <summary>A probability with three digits.</summary>
    public static string Probability(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>A text in one line.</summary>
    public static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ');

    /// <summary>A value in quotes, in one line and at most 60 characters.</summary>
    public static string Quote(string text)
    {
        string line = OneLine(text);
        return line.Length > 60 ? $"'{line[..60]}…'" : $"'{line}'";
    }

    /// <summary>Names in quotes, with commas between them.</summary>
    public static string QuoteAll(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    /// <summary>A number of bytes.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F2} GB"),
    };
}
