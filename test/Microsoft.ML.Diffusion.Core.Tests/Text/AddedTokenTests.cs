using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;
using static Microsoft.ML.Diffusion.Tests.Text.TokenizerJson;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Added tokens are found as Hugging Face's tokenizers find them; the expected values are worked out by its rules.</summary>
[TestClass]
public sealed class AddedTokenTests
{
    private static readonly string[] s_words = ["a", "##a", "b", "##b", "c", "cat", "d", "hi", "is", "my", "name", "on", "sat", "the",
        "there", "token", "x", "##x", "y", "-", "[", "]", "<", ">", "mask", "##ony"];
    private static readonly string s_uncased = Bert(new WordPieceOptions(), s_words);
    private static readonly string s_cased = Bert(new WordPieceOptions { Lowercase = false }, s_words);
    private static readonly int s_next = Read(s_uncased).VocabularySize;

    [TestMethod]
    public void Normalized_MatchesTheNormalizedText_WithSpansOfTheTextAsGiven()
    {
        foreach (string content in (ReadOnlySpan<string>)["new-token", "New-TOKEN", "n\u00E9w-tok\u0301en"])
        {
            Tokenizer tokenizer = Read(With(s_uncased, s_next, content));
            Assert.AreEqual($"the[0,3) {content}[4,13) sat[14,17)", Tokens(tokenizer, "The NEW-Token sat"));
            Assert.AreEqual($"x[0,1) {content}[1,10) x[10,11)", Tokens(tokenizer, "XnEw-t\u00F3kenx"));
        }
        Tokenizer asGiven = Read(With(s_uncased, s_next, "New-token", normalized: false));
        Assert.AreEqual("the[0,3) [UNK][4,7) -[7,8) token[8,13)", Tokens(asGiven, "the new-token"));
        Assert.AreEqual("the[0,3) New-token[4,13)", Tokens(asGiven, "the New-token"));
    }

    [TestMethod]
    public void Normalized_Accents_AsTheTokenizerTreatsThem()
    {
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "Caf\u00E9"));
        // The mark after the last e is dropped, and belongs to no token.
        Assert.AreEqual("Caf\u00E9[0,4) Caf\u00E9[5,9) Caf\u00E9[10,14)", Tokens(tokenizer, "CAF\u00C9 cafe cafe\u0301"));
        string keepsAccents = Bert(new WordPieceOptions { StripAccents = false }, s_words);
        tokenizer = Read(With(keepsAccents, s_next, "Caf\u00E9"));
        Assert.AreEqual("Caf\u00E9[0,4) [UNK][5,9)", Tokens(tokenizer, "CAF\u00C9 cafe"));
        tokenizer = Read(With(s_cased, s_next, "Caf\u00E9"));
        Assert.AreEqual("[UNK][0,4) Caf\u00E9[5,9)", Tokens(tokenizer, "CAF\u00C9 Caf\u00E9"));
    }

    [TestMethod]
    public void Normalized_ChineseCharacters_AreSetApartInBoth()
    {
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "\u535A\u58EB"));
        Assert.AreEqual("x[0,1) \u535A\u58EB[1,3) y[3,4)", Tokens(tokenizer, "x\u535A\u58EBy"));
        // Apart in the text as well, they have another number of spaces between them.
        Assert.AreEqual("[UNK][0,1) [UNK][2,3)", Tokens(tokenizer, "\u535A \u58EB"));
        tokenizer = Read(With(s_uncased, s_next, "x\u535A"));
        Assert.AreEqual("a[0,1) x\u535A[1,3) [UNK][3,4)", Tokens(tokenizer, "aX\u535A\u58EB"));
        string keeps = Bert(new WordPieceOptions { HandleChineseCharacters = false }, s_words);
        tokenizer = Read(With(keeps, s_next, "\u535A\u58EB"));
        Assert.AreEqual("\u535A\u58EB[1,3)", Tokens(tokenizer, " \u535A\u58EB"));
    }

    [TestMethod]
    public void Normalized_ControlCharactersAndWhitespace_AreAsTheNormalizerHasThem()
    {
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "new york"));
        Assert.AreEqual("the[0,3) new york[4,12)", Tokens(tokenizer, "the New\tYork"));
        Assert.AreEqual("new york[0,10)", Tokens(tokenizer, "ne\u0000w\u00A0\u200Byork"));
        Assert.AreEqual("[UNK][0,3) [UNK][5,9)", Tokens(tokenizer, "new  york"));
        // A token that is normalized to nothing is found nowhere.
        Assert.AreEqual("a[0,1) b[3,4)", Tokens(Read(With(s_uncased, s_next, "\u200B")), "a \u200Bb"));
    }

    [TestMethod]
    public void Normalized_IsTheDefault_OfTokensThatAreNotSpecial()
    {
        string json = s_uncased.Replace("\"added_tokens\":[", $$"""
            "added_tokens":[{"id":{{s_next}},"content":"NEW"},{"id":{{s_next + 1}},"content":"[NEW]","special":true},
            """, StringComparison.Ordinal);
        Tokenizer tokenizer = Read(json);
        Assert.AreEqual("NEW[0,3) [[4,5) NEW[5,8) ][8,9) [[10,11) NEW[11,14) ][14,15)", Tokens(tokenizer, "new [new] [NEW]"));
        Assert.AreEqual("NEW[0,3) [[4,5) NEW[5,8) ][8,9) [NEW][10,15)", Tokens(tokenizer, "new [new] [NEW]", markup: true));
    }

    [TestMethod]
    public void SingleWord_IsNoPartOfAWord()
    {
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "<mask>", singleWord: true));
        Assert.AreEqual(
            "<mask>[0,6) my[7,9) name[10,14) <mask>[15,21) a[22,23) <[23,24) mask[24,28) >[28,29) " +
            "<[30,31) mask[31,35) >[35,36) [UNK][36,39) <mask>[40,46)",
            Tokens(tokenizer, "<mask> My name <mask> A<mask> <mask>ony <mask>"));
        foreach (string word in (ReadOnlySpan<string>)["a", "\u00E9", "1", "_", "\u203F", "\u0330", "\u2167", "\u24D0", "\u535A",
            "\U0001D54F"])
            Assert.IsFalse(Tokens(Mark(normalized: false), $"{word}<m>").Contains("<m>"), word);
        foreach (string other in (ReadOnlySpan<string>)[" ", "-", ",", "\u00B2", "$", "\u2014", "\u3000", "\U0001F600", "\uFFFD"])
            Assert.IsTrue(Tokens(Mark(normalized: false), $"{other}<m>{other}").Contains("<m>"), other);
        // In the normalized text the mark is gone.
        Assert.IsTrue(Tokens(Mark(normalized: true), "-\u0330<m>").Contains("<m>"));
        Assert.IsFalse(Tokens(Mark(normalized: false), "-\u0330<m>").Contains("<m>"));

        static Tokenizer Mark(bool normalized) => Read(With(s_uncased, s_next, "<m>", normalized: normalized, singleWord: true));
    }

    [TestMethod]
    public void SingleWord_ThatIsPartOfAWord_HidesWhatOverlapsIt()
    {
        string json = With(With(s_uncased, s_next, "abc", singleWord: true), s_next + 1, "bc");
        Assert.AreEqual("[UNK][0,4) bc[5,7) abc[8,11)", Tokens(Read(json), "xabc bc abc"));
        json = With(With(s_uncased, s_next, "abc", singleWord: true), s_next + 1, "ab");
        Assert.AreEqual("[UNK][0,4) ab[5,7) x[7,8) abc[9,12)", Tokens(Read(json), "xabc abx abc"));
    }

    [TestMethod]
    public void SingleWord_AndNormalized_LooksNoFurtherThanTheTokensThatAreFoundBefore()
    {
        string json = With(With(s_uncased, s_next, "q1", normalized: false), s_next + 1, "new", singleWord: true);
        Assert.AreEqual("q1[0,2) new[2,5) q1[5,7)", Tokens(Read(json), "q1NEWq1"));
        json = With(With(s_uncased, s_next, "q1", normalized: false), s_next + 1, "new", singleWord: true, normalized: false);
        Assert.AreEqual("q1[0,2) [UNK][2,5) q1[5,7)", Tokens(Read(json), "q1newq1"));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Strips_TakeAllWhitespace_ThatNoTokenHasTaken(bool normalized)
    {
        Tokenizer both = Read(With(s_uncased, s_next, "<m>", normalized: normalized, lstrip: true, rstrip: true, singleWord: true));
        Assert.AreEqual("hi[0,2) <m>[2,7) there[7,12) <m>[12,17) <m>[17,21)", Tokens(both, "Hi <m> there\t<m>\t<m>\u2000"));
        Tokenizer left = Read(With(s_uncased, s_next, "<m>", normalized: normalized, lstrip: true));
        Assert.AreEqual("a[0,1) <m>[1,7) b[8,9) <m>[9,12)", Tokens(left, "a \u00A0\n<m> b<m>"));
        Tokenizer right = Read(With(s_uncased, s_next, "<m>", normalized: normalized, rstrip: true));
        Assert.AreEqual("a[0,1) <m>[2,8) b[8,9) <m>[9,12)", Tokens(right, "a <m>\u3000 \tb<m>"));
    }

    [TestMethod]
    public void Whitespace_ThatATokenHasTaken_IsNoTokenAgain()
    {
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "\u00A0", lstrip: true, rstrip: true));
        Assert.AreEqual("a[0,1) \u00A0[1,4) b[4,5) \u00A0[5,6)", Tokens(tokenizer, "a \u00A0\tb "));
    }

    [TestMethod]
    public void TheLeftmost_AndOfThoseTheLongest()
    {
        string json = With(With(With(s_uncased, s_next, "ab"), s_next + 1, "abcd"), s_next + 2, "bcde");
        Tokenizer tokenizer = Read(json);
        Assert.AreEqual("abcd[0,4) [UNK][4,5)", Tokens(tokenizer, "abcde"));
        Assert.AreEqual("ab[0,2) c[2,3) ab[4,6)", Tokens(tokenizer, "ABc ab"));
        Assert.AreEqual("x[0,1) bcde[1,5)", Tokens(tokenizer, "xbcde"));
        // A token within a word splits it.
        Assert.AreEqual("x[0,1) ab[1,3) x[3,4)", Tokens(tokenizer, "xabx"));
    }

    [TestMethod]
    public void ThoseThatAreNotNormalized_AreFoundFirst()
    {
        string json = With(With(s_uncased, s_next, "a b"), s_next + 1, "B c", normalized: false);
        Tokenizer tokenizer = Read(json);
        Assert.AreEqual("a[0,1) B c[2,5)", Tokens(tokenizer, "a B c"));
        Assert.AreEqual("a b[0,3) c[4,5)", Tokens(tokenizer, "a b c"));
        Assert.AreEqual("a b[0,3) B c[4,7) a b[8,11)", Tokens(tokenizer, "A b B c a B"));
    }

    [TestMethod]
    public void OfTwoThatAreNormalizedAlike_TheFirstIsFound()
    {
        string json = With(With(s_uncased, s_next, "New"), s_next + 1, "NEW");
        Assert.AreEqual("New[0,3) New[4,7) New[8,11)", Tokens(Read(json), "new New NEW"));
        json = With(With(s_uncased, s_next, "New"), s_next + 1, "NEW", special: true);
        Assert.AreEqual("NEW[0,3)", Tokens(Read(json), "new", markup: true));
        Assert.AreEqual("New[0,3)", Tokens(Read(json), "new"));
    }

    [TestMethod]
    public void AddedTokens_SpellNoWord()
    {
        // As in Hugging Face, where they are not the model's: "new" is part of no longer word.
        Tokenizer tokenizer = Read(With(s_uncased, s_next, "new", singleWord: true));
        Assert.AreEqual("[UNK][0,4) new[5,8)", Tokens(tokenizer, "newx new"));
        TokenizerFiles files = tokenizer.ToFiles();
        Tokenizer again = Tokenizer.FromFiles(files);
        Assert.AreEqual("[UNK][0,4) new[5,8)", Tokens(again, "newx new"));
        TextFiles.AssertSame(files, again.ToFiles());
        Tokenizer byVocabulary = Tokenizer.FromFiles(TextFiles.Only(files, "vocab.txt", "tokenizer_config.json", "added_tokens.json"));
        Assert.AreEqual("[UNK][0,4) new[5,8)", Tokens(byVocabulary, "newx new"));
        Assert.AreEqual($$"""{"new":{{s_next}}}""", Encoding.UTF8.GetString(TextFiles.Get(files, "added_tokens.json")));
        Assert.AreEqual(s_next, VocabularyText.Read(TextFiles.Get(files, "vocab.txt"), "vocab.txt").Count);
    }

    [TestMethod]
    public void Flags_AreSavedAndReadAgain()
    {
        string json = With(s_uncased, s_next, "One", normalized: true, lstrip: true);
        json = With(json, s_next + 1, "Two", normalized: false, rstrip: true, singleWord: true);
        Tokenizer tokenizer = Read(json);
        TokenizerFiles files = tokenizer.ToFiles();
        TextFiles.AssertSame(files, Tokenizer.FromFiles(files).ToFiles());
        JsonNode saved = JsonNode.Parse(TextFiles.Get(files, "tokenizer.json"))!;
        JsonNode expected = JsonNode.Parse(json)!;
        Assert.IsTrue(JsonNode.DeepEquals(expected["added_tokens"], saved["added_tokens"]), saved["added_tokens"]!.ToJsonString());
        Assert.IsTrue(JsonNode.DeepEquals(expected["model"]!["vocab"], saved["model"]!["vocab"]));
    }

    [TestMethod]
    public void LoneSurrogates_AreCountedOnce_WhereverTheTokensAre()
    {
        string keeps = Bert(new WordPieceOptions { CleanText = false }, s_words);
        foreach (string json in (ReadOnlySpan<string>)[s_uncased, keeps])
        {
            Tokenizer tokenizer = Read(With(With(json, s_next, "new"), s_next + 1, "<m>", normalized: false));
            var output = new TokenList();
            Assert.AreEqual(4, tokenizer.Encode("\uD800a <m>\uDC00 NEW \uDC00b\uD800", output));
            Assert.AreEqual(1, tokenizer.Encode("\uD800 a", output));
        }
    }

    [TestMethod]
    [DataRow(true, null, true)]
    [DataRow(true, false, true)]
    [DataRow(false, true, true)]
    [DataRow(false, null, false)]
    [DataRow(true, null, false)]
    public void Words_OfASplitText_AreEncodedAsInTheText(bool lowercase, bool? stripAccents, bool cleanText)
    {
        // Normalizing twice changes nothing, so that the pieces around a token are encoded as the words of any text are.
        var options = new WordPieceOptions { Lowercase = lowercase, StripAccents = stripAccents, CleanText = cleanText };
        string json = Of(WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(TextSamples.SmallVocabTxt), options));
        int next = Read(json).VocabularySize;
        Tokenizer plain = Read(json), withToken = Read(With(json, next, "qqq"));
        int compared = 0;
        foreach (string text in TextSamples.WellFormed(1_000, seed: 21))
        {
            TokenList expected = new(), actual = new();
            plain.Encode(text, expected);
            withToken.Encode($"{text} {(lowercase ? "QQQ" : "qqq")} {text}", actual);
            int[] ids = [.. expected.Ids, next, .. expected.Ids];
            CollectionAssert.AreEqual(ids, actual.Ids.ToArray(), text);
            for (int i = 0; i < expected.Count; i++)
            {
                Assert.AreEqual((expected.Starts[i], expected.Ends[i]), (actual.Starts[i], actual.Ends[i]), text);
                int second = expected.Count + 1 + i, shift = text.Length + 5;
                Assert.AreEqual((expected.Starts[i] + shift, expected.Ends[i] + shift), (actual.Starts[second], actual.Ends[second]), text);
                compared++;
            }
        }
        Assert.IsTrue(compared > 2_000);
    }

    [TestMethod]
    public void ByteLevel_NormalizesToFormC_TextAndToken()
    {
        string json = Of(TextSamples.SmallBpe());
        int next = Read(json).VocabularySize;
        string formC = json.Replace("\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}", StringComparison.Ordinal);
        Tokenizer tokenizer = Read(With(formC, next, "e\u0301x"));
        var output = new TokenList();
        tokenizer.Encode("the \u00E9x e\u0301x the", output);
        List<(int, int)> spans = [.. Enumerable.Range(0, output.Count).Where(i => output.Ids[i] == next).Select(i =>
            (output.Starts[i], output.Ends[i]))];
        CollectionAssert.AreEqual(new[] { (4, 6), (7, 10) }, spans);
        Assert.AreEqual("the", "the \u00E9x e\u0301x the"[output.Starts[output.Count - 1]..output.Ends[output.Count - 1]]);
        Tokenizer asGiven = Read(With(formC, next, "e\u0301x", normalized: false));
        output.Clear();
        asGiven.Encode("\u00E9x e\u0301x", output);
        Assert.AreEqual(1, output.Ids.Count(next));
        Tokenizer plain = Read(With(json, next, "e\u0301x"));
        output.Clear();
        plain.Encode("\u00E9x e\u0301x", output);
        Assert.AreEqual(1, output.Ids.Count(next));
        Assert.AreEqual("\u00E9x e\u0301x", plain.Decode(output.Ids));
    }

    [TestMethod]
    public void ByteLevel_SpacesBetweenTokens_AreText_UnlessATokenTakesThem()
    {
        string json = Of(TextSamples.SmallBpe());
        int next = Read(json).VocabularySize;
        Tokenizer tokenizer = Read(With(With(json, next, "<a>"), next + 1, "<b>", rstrip: true));
        Assert.AreEqual("<a>[0,3) \u0120[4,4) <a>[4,7) <b>[7,12) q[12,13) <b>[13,16)", Tokens(tokenizer, "<a> <a><b>  q<b>"));
    }

    [TestMethod]
    public void ManyTokens_AreFound()
    {
        var random = new Random(3);
        string json = s_uncased;
        JsonNode root = JsonNode.Parse(json)!;
        JsonArray added = root["added_tokens"]!.AsArray();
        var contents = new HashSet<string>();
        while (contents.Count < 20_000)
            contents.Add(new string(random.GetItems("abcdefghijklmnopqrstuvwxyz".AsSpan(), random.Next(5, 12))));
        string[] list = [.. contents];
        for (int i = 0; i < list.Length; i++)
            added.Add(Token(list[i], id: s_next + i));
        Tokenizer tokenizer = Read(root.ToJsonString());
        Assert.AreEqual(s_next + list.Length, tokenizer.VocabularySize);
        for (int i = 0; i < 500; i++)
        {
            int pick = random.Next(list.Length);
            Assert.AreEqual($"the[0,3) {list[pick]}[4,{4 + list[pick].Length})", Tokens(tokenizer, $"The {list[pick].ToUpperInvariant()}"));
        }
    }
}
