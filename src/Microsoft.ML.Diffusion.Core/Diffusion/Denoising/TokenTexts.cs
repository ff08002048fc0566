using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>The text of single tokens within a text.</summary>
internal static class TokenTexts
{
    /// <summary>The text of each id: what it adds after another token, including a space between words.</summary>
    public static Dictionary<int, string> Of(Tokenizer tokenizer, IEnumerable<int> ids)
    {
        TokenList before = new();
        tokenizer.Encode("a", before);
        int[] pair = [.. before.Ids, 0];
        string alone = tokenizer.Decode(pair.AsSpan(0, pair.Length - 1));
        Dictionary<int, string> texts = [];
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)tokenizer.VocabularySize)
            {
                texts[id] = $"#{id}"; // an id from a padded vocabulary
                continue;
            }
            pair[^1] = id;
            string both = tokenizer.Decode(pair);
            texts[id] = tokenizer.IsSpecial(id) ? "" : both.StartsWith(alone, StringComparison.Ordinal) ? both[alone.Length..]
                : tokenizer.Decode([id]);
        }
        return texts;
    }
}
