using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>tokenizer.json files for tests of added tokens.</summary>
internal static class TokenizerJson
{
    /// <summary>Of BERT's kind, with these words in the vocabulary after the special tokens 0 to 4.</summary>
    public static string Bert(WordPieceOptions options, params string[] words)
    {
        string vocabTxt = string.Join('\n', (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        return Of(WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(vocabTxt), options));
    }

    /// <summary>A tokenizer's.</summary>
    public static string Of(Tokenizer tokenizer) => Encoding.UTF8.GetString(TextFiles.Get(tokenizer.ToFiles(), "tokenizer.json"));

    /// <summary>The file with one more added token.</summary>
    public static string With(
        string json, int id, string content, bool special = false, bool normalized = true, bool lstrip = false, bool rstrip = false,
            bool singleWord = false)
    {
        JsonNode root = JsonNode.Parse(json)!;
        root["added_tokens"]!.AsArray().Add(Token(content, special, normalized, lstrip, rstrip, singleWord, id));
        return root.ToJsonString();
    }

    /// <summary>An added token as the files write it.</summary>
    public static JsonObject Token(
        string content, bool special = false, bool normalized = true, bool lstrip = false, bool rstrip = false, bool singleWord = false,
            int? id = null)
    {
        var token = new JsonObject
        {
            ["content"] = content,
            ["single_word"] = singleWord,
            ["lstrip"] = lstrip,
            ["rstrip"] = rstrip,
            ["normalized"] = normalized,
            ["special"] = special,
        };
        if (id is not null)
            token.Insert(0, "id", id);
        return token;
    }

    /// <summary>The tokenizer of the files.</summary>
    public static Tokenizer Read(string tokenizerJson, params (string, string)[] others) =>
        Tokenizer.FromFiles(TextFiles.Of([("tokenizer.json", tokenizerJson), .. others]));

    /// <summary>The tokens of a text, each with its span: "the[0,3) cat[4,7)".</summary>
    public static string Tokens(Tokenizer tokenizer, string text, bool markup = false)
    {
        var output = new TokenList();
        if (markup)
            tokenizer.EncodeMarkup(text, output);
        else
            tokenizer.Encode(text, output);
        var tokens = new List<string>();
        for (int i = 0; i < output.Count; i++)
            tokens.Add($"{tokenizer.Spell(output.Ids[i])}[{output.Starts[i]},{output.Ends[i]})");
        return string.Join(' ', tokens);
    }
}
