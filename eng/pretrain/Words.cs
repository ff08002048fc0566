namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// The words of a text: its longest runs of letters and apostrophes (' and ’, both read as '), without the apostrophes at either end, in
/// lower case.
/// </summary>
internal static class Words
{
    public static List<string> Of(ReadOnlySpan<char> text)
    {
        List<string> words = [];
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && (char.IsLetter(text[i]) || text[i] is '\'' or '’'))
                i++;
            ReadOnlySpan<char> word = text[start..i].Trim("'’");
            if (!word.IsEmpty)
                words.Add(word.ToString().Replace('’', '\'').ToLowerInvariant());
            if (i == start)
                i++;
        }
        return words;
    }
}
