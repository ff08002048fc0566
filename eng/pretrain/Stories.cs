namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>Texts made of stories: a paragraph per line, an empty line between two stories.</summary>
internal static class Stories
{
    /// <summary>Adds a file's stories, each with its opening and its end, until the given number of characters has been read.</summary>
    /// <param name="texts">The texts to add to.</param>
    /// <param name="file">The file, UTF-8.</param>
    /// <param name="characters">The maximum number of characters; the story that reaches it is the last.</param>
    /// <param name="tailShare">The share of stories that are followed by a random number of closing tokens.</param>
    public static void Add(MaskedTexts texts, FileInfo file, int characters, double tailShare)
    {
        using StreamReader reader = file.OpenText();
        ulong number = 0;
        foreach (string story in MaskedTexts.ReadDocuments(reader))
        {
            if (characters <= 0)
                return;
            texts.AddDocument(story, tailShare, number++);
            characters -= story.Length;
        }
    }

    /// <summary>Whether empty lines separate stories in a file.</summary>
    public static bool HasSeveral(FileInfo file)
    {
        using StreamReader reader = file.OpenText();
        return MaskedTexts.ReadDocuments(reader).Take(2).Count() == 2;
    }
}
