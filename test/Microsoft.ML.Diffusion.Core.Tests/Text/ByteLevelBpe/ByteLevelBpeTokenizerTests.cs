using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class ByteLevelBpeTokenizerTests
{
    private static readonly ByteLevelBpeTokenizer s_small = TextSamples.SmallBpe();

    [TestMethod]
    public void Roberta_EveryGoldenString_IsEqual() =>
        Assert.AreEqual(11, Goldens.AssertStrings("roberta-base.strings.json", Roberta()));

    [TestMethod]
    public void Roberta_SpecialTokens_HaveTheirIds()
    {
        Tokenizer tokenizer = Roberta();
        Assert.AreEqual((0, 2, 50264, 1, 3, 50265),
            (tokenizer.BeginToken, tokenizer.EndToken, tokenizer.MaskToken, tokenizer.PadToken, tokenizer.UnknownToken,
                tokenizer.VocabularySize));
    }

    [TestMethod]
    public void Roberta_SavedAndReadAgain_IsTheSame_ByEachForm()
    {
        Tokenizer tokenizer = Roberta();
        TokenizerFiles files = tokenizer.ToFiles();
        Tokenizer byJson = Tokenizer.FromFiles(TextFiles.Only(files, "tokenizer.json"));
        Tokenizer byVocabulary = Tokenizer.FromFiles(TextFiles.Only(files, "vocab.json", "merges.txt"));
        foreach (string text in TextSamples.WellFormed(500, seed: 3))
        {
            CollectionAssert.AreEqual(Ids(tokenizer, text), Ids(byJson, text), text);
            CollectionAssert.AreEqual(Ids(tokenizer, text), Ids(byVocabulary, text), text);
        }
        TextFiles.AssertSame(files, byJson.ToFiles());
    }

    [TestMethod]
    public void Roberta_DecodeOfEncode_IsTheText()
    {
        Tokenizer tokenizer = Roberta();
        foreach (string text in TextSamples.WellFormed(5_000, seed: 4))
            Assert.AreEqual(text, tokenizer.Decode(Ids(tokenizer, text)));
    }

    [TestMethod]
    public void DecodeOfEncode_IsTheText_OnEveryWellFormedCharacter()
    {
        var text = new StringBuilder();
        for (int value = 0; value < 0x110000; value++)
        {
            if (Rune.IsValid(value))
                text.Append(new Rune(value).ToString());
        }
        Assert.AreEqual(text.ToString(), s_small.Decode(Ids(s_small, text.ToString())));
        foreach (string generated in TextSamples.WellFormed(20_000, seed: 5))
            Assert.AreEqual(generated, s_small.Decode(Ids(s_small, generated)));
    }

    [TestMethod]
    public void Joining_EqualsTheDefinition_ForShortAndLongWords()
    {
        var random = new Random(6);
        for (int i = 0; i < 2_000; i++)
        {
            // One word of letters, up to 200 long: by scanning and by the heap.
            string word = string.Create(random.Next(1, i % 10 == 0 ? 200 : 20), random,
                static (span, random) => random.GetItems("thelowsrnai".AsSpan(), span));
            CollectionAssert.AreEqual(JoinByDefinition(word), Ids(s_small, word), word);
        }
    }

    [TestMethod]
    public void LongWord_TakesTimeInProportion()
    {
        int[] ids = Ids(s_small, new string('t', 300_000) + string.Concat(Enumerable.Repeat("lowest", 100_000)));
        Assert.IsTrue(ids.Length < 600_000);
        // The thread's working space shrinks again.
        CollectionAssert.AreEqual(JoinByDefinition("lowest"), Ids(s_small, "lowest"));
    }

    [TestMethod]
    public void Spans_CutFromTheText_AreTheTokens()
    {
        var output = new TokenList();
        foreach (bool trims in (ReadOnlySpan<bool>)[false, true])
        {
            ByteLevelBpeTokenizer tokenizer = WithOptions(new ByteLevelBpeOptions { TrimOffsets = trims });
            foreach (string text in TextSamples.WellFormed(5_000, seed: 7))
            {
                output.Clear();
                tokenizer.Encode(text, output);
                int reached = 0;
                for (int i = 0; i < output.Count; i++)
                {
                    string span = text[output.Starts[i]..output.Ends[i]], token = tokenizer.Decode(output.Ids.Slice(i, 1));
                    // A token of a part of a character has the whole character in its span.
                    if (!token.Contains('\uFFFD'))
                        Assert.AreEqual(trims ? token.Trim(' ') : token, span, text);
                    else
                        Assert.IsTrue(span.Length > 0, text);
                    if (!trims)
                    {
                        Assert.IsTrue(output.Starts[i] <= reached && output.Ends[i] >= reached, text);
                        reached = output.Ends[i];
                    }
                }
                Assert.AreEqual(trims ? reached : text.Length, reached);
            }
        }
    }

    [TestMethod]
    public void PrefixSpace_IsPutBeforeText_ThatStartsWithNone()
    {
        ByteLevelBpeTokenizer tokenizer = WithOptions(new ByteLevelBpeOptions { AddPrefixSpace = true });
        var output = new TokenList();
        foreach (string text in TextSamples.WellFormed(5_000, seed: 8))
        {
            string expected = text.Length == 0 || char.IsWhiteSpace(text[0]) ? text : " " + text;
            int[] ids = Ids(tokenizer, text);
            CollectionAssert.AreEqual(Ids(s_small, expected), ids, text);
            Assert.AreEqual(expected, tokenizer.Decode(ids));
        }
        tokenizer.Encode("the lowest", output);
        Assert.AreEqual((0, 3), (output.Starts[0], output.Ends[0]));
    }

    [TestMethod]
    public void LoneSurrogates_AreReplaced_AndCounted()
    {
        var output = new TokenList();
        for (int repeat = 0; repeat < 2; repeat++)
        {
            output.Clear();
            Assert.AreEqual(3, s_small.Encode("a\uD800b \uDC00\uDC00 😀", output));
            Assert.AreEqual("a\uFFFDb \uFFFD\uFFFD 😀", s_small.Decode(output.Ids));
        }
    }

    [TestMethod]
    public void PartOfACharacter_DecodesToReplacement()
    {
        int[] ids = Ids(s_small, "😀");
        Assert.AreEqual(4, ids.Length);
        Assert.AreEqual("\uFFFD", s_small.Decode(ids.AsSpan(0, 3)));
        Assert.AreEqual("\uFFFDa", s_small.Decode([ids[0], Ids(s_small, "a")[0]]));
    }

    [TestMethod]
    public void NamesOfSpecialTokens_AreText_UnlessAskedFor()
    {
        var output = new TokenList();
        s_small.Encode("a <mask> b</s>", output);
        foreach (int id in output.Ids)
            Assert.IsFalse(s_small.IsSpecial(id));
        Assert.AreEqual("a <mask> b</s>", s_small.Decode(output.Ids));
        output.Clear();
        s_small.EncodeMarkup("a <mask> b</s>", output);
        int[] expected = [.. Ids(s_small, "a"), s_small.MaskToken, .. Ids(s_small, " b"), s_small.EndToken];
        CollectionAssert.AreEqual(expected, output.Ids.ToArray());
        // RoBERTa's mask takes the space before it.
        Assert.AreEqual((1, 8), (output.Starts[1], output.Ends[1]));
        Assert.AreEqual("a b", s_small.Decode(output.Ids));
        Assert.AreEqual("a<mask> b</s>", s_small.DecodeMarkup(output.Ids));
    }

    [TestMethod]
    public void Encode_AtRest_AllocatesNothing()
    {
        string text = string.Concat(TextSamples.WellFormed(200, seed: 9));
        var output = new TokenList();
        for (int i = 0; i < 3; i++)
        {
            output.Clear();
            s_small.Encode(text, output);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        output.Clear();
        s_small.Encode(text, output);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Threads_ShareATokenizer()
    {
        ByteLevelBpeTokenizer tokenizer = TextSamples.SmallBpe();
        string[] texts = [.. TextSamples.WellFormed(2_000, seed: 10)];
        int[][] expected = [.. texts.Select(text => Ids(s_small, text))];
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < texts.Length; i++)
                CollectionAssert.AreEqual(expected[i], Ids(tokenizer, texts[i]));
        });
    }

    [TestMethod]
    public void IdsOutsideTheVocabulary_AreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => s_small.Decode([-1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => s_small.Decode([s_small.VocabularySize]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => s_small.Spell(s_small.VocabularySize));
        Assert.IsFalse(s_small.IsSpecial(-1));
    }

    private static ByteLevelBpeTokenizer WithOptions(ByteLevelBpeOptions options)
    {
        TokenizerFiles files = s_small.ToFiles();
        return ByteLevelBpeTokenizer.FromFiles(TextFiles.Get(files, "vocab.json"), TextFiles.Get(files, "merges.txt"), options);
    }

    private static Tokenizer Roberta() => Tokenizer.FromDirectory(SharedData.Data("tokenizers/roberta-base"));

    private static int[] Ids(Tokenizer tokenizer, string text)
    {
        var output = new TokenList();
        tokenizer.Encode(text, output);
        return output.Ids.ToArray();
    }

    /// <summary>The pair that stands first in merges.txt, where it first occurs, is joined; again and again.</summary>
    private static int[] JoinByDefinition(string word)
    {
        TokenizerFiles files = s_small.ToFiles();
        string[] merges = Encoding.UTF8.GetString(TextFiles.Get(files, "merges.txt")).Split('\n')[1..^1];
        List<string> tokens = [.. word.Select(static letter => letter.ToString())];
        while (true)
        {
            string? merge =
                merges.FirstOrDefault(merge => Enumerable.Range(0, tokens.Count - 1).Any(i => $"{tokens[i]} {tokens[i + 1]}" == merge));
            if (merge is null)
                return [.. tokens.Select(s_small.Find)];
            int at = Enumerable.Range(0, tokens.Count - 1).First(i => $"{tokens[i]} {tokens[i + 1]}" == merge);
            tokens[at] += tokens[at + 1];
            tokens.RemoveAt(at + 1);
        }
    }
}
