using System.Text;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>Texts made of stories: a paragraph per line, an empty line between two stories.</summary>
internal static class Stories
{
    private const ulong TailKey = 0x7461696C; // "tail"

    /// <summary>Adds a file's stories, each with its opening and its end, until the given number of characters has been read.</summary>
    /// <param name="texts">The texts to add to.</param>
    /// <param name="file">The file, UTF-8.</param>
    /// <param name="characters">The maximum number of characters; the story that reaches it is the last.</param>
    /// <param name="tailShare">The share of stories that are followed by a random number of closing tokens.</param>
    /// <param name="longest">The maximum number of closing tokens.</param>
    public static void Add(MaskedTexts texts, FileInfo file, int characters, double tailShare, int longest)
    {
        ulong number = 0;
        foreach (string story in Read(file))
        {
            if (characters <= 0)
                return;
            (double chance, double place) = Philox.Uniforms(TailKey, number++, 0);
            texts.AddDocument(story, chance < tailShare ? 1 + (int)(place * longest) : 1);
            characters -= story.Length;
        }
    }

    /// <summary>Whether empty lines separate stories in a file.</summary>
    public static bool HasSeveral(FileInfo file) => Read(file).Take(2).Count() == 2;

    private static IEnumerable<string> Read(FileInfo file)
    {
        var story = new StringBuilder();
        foreach (string line in File.ReadLines(file.FullName, Encoding.UTF8))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                story.Append(story.Length > 0 ? "\n" : "").Append(line);
            }
            else if (story.Length > 0)
            {
                yield return story.ToString();
                story.Clear();
            }
        }
        if (story.Length > 0)
            yield return story.ToString();
    }
}
