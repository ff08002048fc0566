using System.Text;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>The paragraphs of a text file, which empty lines separate.</summary>
internal static class TextParagraphs
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using InputText text = TableFile.OpenText(path);
        var paragraph = new StringBuilder();
        while (text.ReadLine() is string line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                paragraph.Append(paragraph.Length > 0 ? "\n" : "").Append(line);
            }
            else if (paragraph.Length > 0)
            {
                yield return paragraph.ToString();
                paragraph.Clear();
            }
        }
        if (paragraph.Length > 0)
            yield return paragraph.ToString();
    }
}
