using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>Finds the single token for a text.</summary>
internal static class WordTokens
{
    /// <summary>The token for the text.</summary>
    /// <exception cref="ArgumentException">The text is not a single token, or is a special one.</exception>
    public static int OfText(Tokenizer tokenizer, string text, string option) =>
        Find(tokenizer, text) is int id ? id : throw NotOne(tokenizer, text, option);

    /// <summary>The tokens for the word, at the start of a text and after a space: one or two.</summary>
    /// <exception cref="ArgumentException">The word is not a single token, or is a special one.</exception>
    public static int[] OfWord(Tokenizer tokenizer, string word, string option)
    {
        if (string.IsNullOrEmpty(word))
            throw new ArgumentException($"{option} has an empty word. Leave it out.");
        int[] ids = [.. new[] { Find(tokenizer, word), Find(tokenizer, $" {word}") }.OfType<int>().Distinct()];
        return ids.Length > 0 ? ids : throw NotOne(tokenizer, word, option);
    }

    private static int? Find(Tokenizer tokenizer, string text)
    {
        int[] ids = Encode(tokenizer, text);
        return ids.Length == 1 && !tokenizer.IsSpecial(ids[0]) ? ids[0] : null;
    }

    private static int[] Encode(Tokenizer tokenizer, string text)
    {
        TokenList tokens = new();
        tokenizer.Encode(text, tokens);
        return tokens.Ids.ToArray();
    }

    private static ArgumentException NotOne(Tokenizer tokenizer, string text, string option)
    {
        int[] ids = Encode(tokenizer, text);
        string spelled = string.Join(' ', ids.Take(12).Select(tokenizer.Spell));
        return new ArgumentException(
            $"{option} has '{text}', which is {ids.Length} tokens in the model's vocabulary ({spelled}). Give a text that is one token " +
            "and not a special one.");
    }
}
