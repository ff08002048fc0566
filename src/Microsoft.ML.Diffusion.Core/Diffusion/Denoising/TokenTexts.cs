using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>What single tokens look like within a text.</summary>
internal static class TokenTexts
{
    /// <summary>The text of each id: what it adds after another token, so that a space between words is part of it.</summary>
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
                texts[id] = $"#{id}"; // a padded model's
                continue;
            }
            pair[^1] = id;
            string both = tokenizer.Decode(pair);
            texts[id] = tokenizer.IsSpecial(id) ? "" : both.StartsWith(alone, StringComparison.Ordinal) ? both[alone.Length..] : tokenizer.Decode([id]);
        }
        return texts;
    }
}
