using System.Text;
using System.Text.Json;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.Unicode;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class WordPieceTokenizerTests
{
    [TestMethod]
    public void BertUncased_EveryGoldenString_IsEqual() =>
        Assert.AreEqual(30, Goldens.AssertStrings("bert-base-uncased.strings.json", Uncased()));

    [TestMethod]
    public void BertUncased_OfVocabTxt_EveryGoldenString_IsEqual() => Assert.AreEqual(30, Goldens.AssertStrings(
        "bert-base-uncased.strings.json",
        WordPieceTokenizer.FromFile(File.ReadAllBytes(SharedData.Data("tokenizers/bert-base-uncased/vocab.txt")))));

    [TestMethod]
    public void BertCased_EveryGoldenString_IsEqual() => Assert.AreEqual(8, Goldens.AssertStrings("bert-base-cased.strings.json", Cased()));

    [TestMethod]
    public void BertUncased_EverySquadQuestion_IsEqual()
    {
        Tokenizer tokenizer = Uncased();
        using JsonDocument golden =
            JsonDocument.Parse(File.ReadAllBytes(SharedData.Data("tokenizers/golden/bert-base-uncased.squad-questions.json")));
        var output = new TokenList();
        int equal = 0;
        foreach (JsonElement item in golden.RootElement.EnumerateArray())
        {
            output.Clear();
            string text = item.GetProperty("text").GetString()!;
            tokenizer.Encode(text, output);
            int[] expected = [.. item.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32())];
            CollectionAssert.AreEqual(expected, output.Ids.ToArray(), text);
            equal++;
        }
        Assert.AreEqual(5285, equal);
    }

    [TestMethod]
    public void BertUncased_SavedAndReadAgain_IsTheSame_ByEachForm()
    {
        Tokenizer tokenizer = Uncased();
        TokenizerFiles files = tokenizer.ToFiles();
        Tokenizer byJson = Tokenizer.FromFiles(TextFiles.Only(files, "tokenizer.json"));
        Tokenizer byVocabulary = Tokenizer.FromFiles(TextFiles.Only(files, "vocab.txt", "tokenizer_config.json"));
        foreach (string text in TextSamples.WellFormed(500, seed: 3))
        {
            CollectionAssert.AreEqual(Ids(tokenizer, text), Ids(byJson, text), text);
            CollectionAssert.AreEqual(Ids(tokenizer, text), Ids(byVocabulary, text), text);
        }
        TextFiles.AssertSame(files, byJson.ToFiles());
        TextFiles.AssertSame(files, byVocabulary.ToFiles());
    }

    [TestMethod]
    public void BertUncased_Spans_NormaliseToTheTokens() => AssertSpans(Uncased());

    [TestMethod]
    public void BertCased_Spans_NormaliseToTheTokens() => AssertSpans(Cased());

    [TestMethod]
    public void Small_Spans_NormaliseToTheTokens()
    {
        AssertSpans(Small());
        AssertSpans(Small(new WordPieceOptions { StripAccents = false }));
        AssertSpans(Small(new WordPieceOptions { Lowercase = false, StripAccents = true }));
    }

    [TestMethod]
    [DataRow("UNwant\u00E9d,running", "un ##want ##ed , runn ##ing")]
    [DataRow("ah\u535A\u63A8zz", "ah \u535A [UNK] z ##z")]
    [DataRow(" \tHeLLo!how  \n Are yoU?  ", "hello ! how are you ?")]
    [DataRow("unwantedX running", "[UNK] runn ##ing")]
    [DataRow("[MASK]", "[ mask ]")]
    [DataRow("lowe\u0301st a\u0302\u0323s", "lowest a ##s")]
    [DataRow("\uD55C", "\u1112 ##\u1161 ##\u11AB")]
    [DataRow("lo\u0000w\u200Best\uFFFD\uE000", "lowest")]
    [DataRow("lo\u00A0\u2028w", "[UNK] [UNK]")]
    [DataRow("don't.", "don ' t .")]
    [DataRow("", "")]
    public void Uncased_IsAsTheReferenceSays(string text, string expected) => Assert.AreEqual(expected, Spellings(Small(), text));

    /// <summary>A dropped character after each other one leaves no word that is short and of ASCII, so that no cache has a part.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void The_cache_of_words_changes_nothing(bool lowercase)
    {
        var options = new WordPieceOptions { Lowercase = lowercase, MaxCharactersPerWord = 12 };
        WordPieceTokenizer cached = Small(options), slow = Small(options);
        string[] texts = [.. TextSamples.WellFormed(400, seed: 11), .. TextSamples.AsciiWords(400, seed: 12)];
        string[] expected = [.. texts.Select(text => Slowly(slow, text))];
        for (int pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(expected, texts.Select(text => Tokens(cached, text, static i => i)).ToArray());

        WordPieceTokenizer shared = Small(options);
        Parallel.For(0, 4, _ => CollectionAssert.AreEqual(expected, texts.Select(text => Tokens(shared, text, static i => i)).ToArray()));

        static string Slowly(WordPieceTokenizer tokenizer, string text)
        {
            var spaced = new StringBuilder();
            List<int> places = [];
            for (int i = 0; i < text.Length; i++)
            {
                spaced.Append(text[i]);
                places.Add(i);
                if (char.IsHighSurrogate(text[i]))
                    continue;
                spaced.Append('\u200B');
                places.Add(i + 1);
            }
            places.Add(text.Length);
            return Tokens(tokenizer, spaced.ToString(), i => places[i]);
        }

        static string Tokens(WordPieceTokenizer tokenizer, string text, Func<int, int> place)
        {
            var output = new TokenList();
            tokenizer.Encode(text, output);
            return string.Join(' ', Enumerable.Range(0, output.Count)
                .Select(i => $"{output.Ids[i]}:{place(output.Starts[i])}-{place(output.Ends[i])}"));
        }
    }

    [TestMethod]
    public void Options_AreKept()
    {
        Assert.AreEqual("[UNK]", Spellings(Small(new WordPieceOptions { Lowercase = false }), "HELLO"));
        Assert.AreEqual("é", Spellings(Small(new WordPieceOptions { Lowercase = false }), "é"));
        Assert.AreEqual("e", Spellings(Small(new WordPieceOptions { Lowercase = false, StripAccents = true }), "é"));
        Assert.AreEqual("i\u0307 ##s", Spellings(Small(new WordPieceOptions { StripAccents = false }), "İS"));
        Assert.AreEqual("é", Spellings(Small(new WordPieceOptions { StripAccents = false }), "É"));
        Assert.AreEqual("[UNK]", Spellings(Small(new WordPieceOptions { HandleChineseCharacters = false }), "ah\u535A"));
        Assert.AreEqual("[UNK]", Spellings(Small(new WordPieceOptions { CleanText = false }), "lo\u200Bw"));
    }

    [TestMethod]
    public void Words_OfMoreThanAHundredCharacters_AreUnknown()
    {
        var output = new TokenList();
        Small().Encode("a" + new string('e', 99), output);
        Assert.AreEqual(100, output.Count);
        output.Clear();
        Small().Encode(" a" + new string('e', 100) + " the", output);
        Assert.AreEqual(2, output.Count);
        Assert.AreEqual((Small().UnknownToken, 1, 102), (output.Ids[0], output.Starts[0], output.Ends[0]));
        output.Clear();
        Small().Encode(new string('e', 1_000_000), output);
        Assert.AreEqual(1, output.Count);
    }

    [TestMethod]
    public void NamesOfSpecialTokens_AreReadOnlyWhereAskedFor()
    {
        var output = new TokenList();
        Tokenizer tokenizer = Small();
        tokenizer.EncodeMarkup("the [MASK] hello[SEP]", output);
        CollectionAssert.AreEqual((int[])[tokenizer.Find("the"), tokenizer.MaskToken, tokenizer.Find("hello"), tokenizer.EndToken],
            output.Ids.ToArray());
        Assert.AreEqual((4, 10), (output.Starts[1], output.Ends[1]));
        Assert.AreEqual("the hello", tokenizer.Decode(output.Ids));
        Assert.AreEqual("the [MASK] hello [SEP]", tokenizer.DecodeMarkup(output.Ids));
    }

    [TestMethod]
    public void LoneSurrogates_AreCounted()
    {
        var output = new TokenList();
        Assert.AreEqual(2, Small().Encode("the\uD800 \uDC00", output));
        Assert.AreEqual("the", Small().Decode(output.Ids));
    }

    [TestMethod]
    public void Decode_CleansUp_OnlyWhereAsked()
    {
        int[] ids = Ids(Small(), "don't, hello?");
        Assert.AreEqual("don't, hello?", Small().Decode(ids));
        Assert.AreEqual("don ' t , hello ?", Small(new WordPieceOptions { CleanUpOnDecode = false }).Decode(ids));
    }

    [TestMethod]
    public void Encode_AtRest_AllocatesNothing()
    {
        string text = string.Concat(TextSamples.WellFormed(200, seed: 9));
        Tokenizer tokenizer = Small();
        var output = new TokenList();
        tokenizer.Encode(text, output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        output.Clear();
        tokenizer.Encode(text, output);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("A\u030A", "Å\u212B")]
    [DataRow("a", "\u1EA5\u01E1")]
    [DataRow(";", "\u037E")]
    [DataRow("豈", "\uF900")]
    [DataRow("\u1100\u1161", "\uAC00")]
    [DataRow("\u1112\u1175\u11C2", "\uD7A3")]
    [DataRow("", "\u0344\u0301")]
    public void Decomposition_LeavesTheBases(string expected, string characters)
    {
        Span<Rune> left = stackalloc Rune[CanonicalDecomposition.MaxLength];
        string bases = string.Concat(expected.EnumerateRunes()
            .Where(static rune => Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.NonSpacingMark));
        foreach (Rune rune in characters.EnumerateRunes())
            Assert.AreEqual(bases, Bases(rune));
    }

    [TestMethod]
    public void Decomposition_IsComplete()
    {
        // Decomposing twice changes nothing, and nothing that is left is a non-spacing mark.
        int changed = 0;
        for (int value = 0; value < 0x110000; value++)
        {
            if (!Rune.IsValid(value))
                continue;
            string bases = Bases(new Rune(value));
            changed += bases == new Rune(value).ToString() ? 0 : 1;
            Assert.AreEqual(bases, string.Concat(bases.EnumerateRunes().Select(Bases)));
        }
        Assert.IsTrue(changed > 11_172 + 2_061);
    }

    private static string Bases(Rune rune)
    {
        Span<Rune> left = stackalloc Rune[CanonicalDecomposition.MaxLength];
        var text = new StringBuilder();
        foreach (Rune part in left[..CanonicalDecomposition.WithoutMarks(rune, left)])
            text.Append(part.ToString());
        return text.ToString();
    }

    private static void AssertSpans(WordPieceTokenizer tokenizer)
    {
        var output = new TokenList();
        WordPieceOptions options = tokenizer.Options;
        int known = 0;
        foreach (string text in TextSamples.WellFormed(5_000, seed: 11))
        {
            output.Clear();
            tokenizer.Encode(text, output);
            int reached = 0;
            for (int i = 0; i < output.Count; i++)
            {
                int start = output.Starts[i], end = output.Ends[i];
                Assert.IsTrue(end > start, text);
                string span = text[start..end];
                // Pieces of one character that becomes several (a Hangul syllable, say) share it.
                bool shares = start < reached || (i + 1 < output.Count && output.Starts[i + 1] < end);
                reached = end;
                if (output.Ids[i] == tokenizer.UnknownToken)
                    continue;
                known++;
                string spelling = tokenizer.Spell(output.Ids[i]),
                    token = spelling.StartsWith("##", StringComparison.Ordinal) ? spelling[2..] : spelling;
                if (shares)
                    StringAssert.Contains(Normalized(span, options), token);
                else
                    Assert.AreEqual(token, Normalized(span, options), text);
            }
        }
        Assert.IsTrue(known > 1_000);
    }

    private static string Normalized(string text, WordPieceOptions options)
    {
        var normalized = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (BertCharacters.IsDropped(rune))
                continue;
            string part = options.StripAccents ?? options.Lowercase ? Bases(rune) : rune.ToString();
            normalized.Append(options.Lowercase ? part.Replace("İ", "i\u0307").ToLowerInvariant() : part);
        }
        return normalized.ToString();
    }

    private static WordPieceTokenizer Uncased() =>
        (WordPieceTokenizer)Tokenizer.FromDirectory(SharedData.Data("tokenizers/bert-base-uncased"));

    private static WordPieceTokenizer Cased() => WordPieceTokenizer.FromFile(
        File.ReadAllBytes(SharedData.Data("tokenizers/bert-base-cased/vocab.txt")), new WordPieceOptions { Lowercase = false });

    private static WordPieceTokenizer Small(WordPieceOptions? options = null) =>
        WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(TextSamples.SmallVocabTxt), options);

    private static string Spellings(Tokenizer tokenizer, string text) => string.Join(' ', Ids(tokenizer, text).Select(tokenizer.Spell));

    private static int[] Ids(Tokenizer tokenizer, string text)
    {
        var output = new TokenList();
        tokenizer.Encode(text, output);
        return output.Ids.ToArray();
    }
}
