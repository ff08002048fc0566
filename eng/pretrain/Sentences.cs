using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// The sentences of a text with a paragraph a line: cut after . ! or ? with closing quotation marks, before whitespace and a possible
/// beginning of a sentence (a capital, or an opening mark and a capital).
/// </summary>
internal static partial class Sentences
{
    /// <summary>The given number of sentences, evenly spaced in the text; all if there are fewer.</summary>
    public static List<int[]> Of(FileInfo file, Tokenizer tokenizer, int count, int leastTokens, int mostTokens)
    {
        var tokens = new TokenList();
        List<int[]> all = [];
        foreach (string line in File.ReadLines(file.FullName, Encoding.UTF8))
        {
            foreach (string sentence in Border().Split(line.Trim()))
            {
                tokens.Clear();
                tokenizer.Encode(sentence, tokens);
                if (tokens.Count >= leastTokens && tokens.Count <= mostTokens)
                    all.Add(tokens.Ids.ToArray());
            }
        }
        count = Math.Min(count, all.Count);
        return [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)])];
    }

    [GeneratedRegex(@"(?<=[.!?][""'”’)]*)\s+(?=[""'“‘(]?\p{Lu})")]
    private static partial Regex Border();
}
