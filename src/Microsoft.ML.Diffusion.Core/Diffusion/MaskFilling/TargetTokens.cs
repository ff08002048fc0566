using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.MaskFilling;

/// <summary>The tokens that are ranked.</summary>
internal static class TargetTokens
{
    /// <summary>All ids that have a token.</summary>
    public static int[] All(Tokenizer tokenizer) =>
        [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id) || tokenizer.Spell(id).Length > 0)];

    /// <summary>The token of each target.</summary>
    /// <exception cref="ArgumentException">There is none, two are the same, or one is not a single token.</exception>
    public static int[] Find(Tokenizer tokenizer, IReadOnlyList<string> targets)
    {
        if (targets.Count == 0)
            throw new ArgumentException("Targets is empty. Give the words to rank, or null to rank all tokens of the vocabulary.");
        Dictionary<int, string> found = [];
        var tokens = new TokenList();
        foreach (string target in targets)
        {
            if (string.IsNullOrWhiteSpace(target))
                throw new ArgumentException("Targets has a text that is null or blank. Give words of one token each.");
            int id = Find(tokenizer, target, tokens);
            if (!found.TryAdd(id, target))
                throw new ArgumentException(
                    $"Targets has '{found[id]}' and '{target}', which are the same token '{tokenizer.Spell(id)}'. Give it once.");
        }
        return [.. found.Keys];
    }

    private static int Find(Tokenizer tokenizer, string target, TokenList tokens)
    {
        Encode(target);
        bool isBareToken = tokens.Count == 1;
        int spelled = tokenizer.Find(target);
        if (!char.IsWhiteSpace(target[0]))
            Encode(" " + target);
        if (tokens.Count == 1 && tokens.Ids[0] != tokenizer.UnknownToken)
            return tokens.Ids[0];
        // The spelling of a token that plain text does not give, such as ##ing or [SEP]. What plain text gives only where no space is
        // before it would be a poor guess for a word, and is refused like other words of several tokens.
        if (spelled >= 0 && !isBareToken)
            return spelled;
        string pieces = string.Join(", ", tokens.Ids.ToArray().Select(id => $"'{tokenizer.Spell(id)}'"));
        string found = tokens.Count == 1 ? "is not in the vocabulary: it becomes" : $"is {tokens.Count} tokens:";
        throw new ArgumentException(
            $"Targets has '{target}', which {found} {pieces}. Give words of one token each; for words of several tokens use Infill with " +
            "RequiredWords.");

        void Encode(string text)
        {
            tokens.Clear();
            tokenizer.Encode(text, tokens);
        }
    }
}
