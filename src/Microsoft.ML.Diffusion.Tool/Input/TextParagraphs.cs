namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>The paragraphs of a text file, which empty lines separate.</summary>
internal static class TextParagraphs
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using InputText text = TableFile.OpenText(path);
        foreach (string paragraph in MaskedTexts.ReadDocuments(text))
            yield return paragraph;
    }
}
