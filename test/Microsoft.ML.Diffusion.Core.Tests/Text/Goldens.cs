using System.Text.Json;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Texts, tokens and ids made by the reference implementations.</summary>
internal static class Goldens
{
    /// <summary>Compares every string of a file of strings; returns their number.</summary>
    public static int AssertStrings(string fileName, Tokenizer tokenizer)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(SharedData.Data($"tokenizers/golden/{fileName}")));
        var output = new TokenList();
        foreach (JsonElement item in golden.RootElement.EnumerateArray())
        {
            string name = item.GetProperty("name").GetString()!;
            output.Clear();
            var ids = new List<int> { tokenizer.BeginToken };
            var tokens = new List<string>();
            foreach (string part in (ReadOnlySpan<string>)["text", "text_pair"])
            {
                if (!item.TryGetProperty(part, out JsonElement text))
                    continue;
                output.Clear();
                Assert.AreEqual(0, tokenizer.Encode(text.GetString()!, output));
                ids.AddRange(output.Ids);
                ids.Add(tokenizer.EndToken);
                foreach (int id in output.Ids)
                    tokens.Add(tokenizer.Spell(id));
            }
            CollectionAssert.AreEqual(item.GetProperty("tokens").EnumerateArray().Select(static token => token.GetString())
                .ToArray(), tokens, name);
            CollectionAssert.AreEqual(item.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray(), ids, name);
            if (item.TryGetProperty("decoded", out JsonElement decoded))
                Assert.AreEqual(decoded.GetString(), tokenizer.DecodeMarkup([.. ids]), name);
        }
        return golden.RootElement.GetArrayLength();
    }
}
