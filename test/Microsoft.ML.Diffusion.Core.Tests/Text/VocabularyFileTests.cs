using System.Text;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Vocabularies as the world writes them: equal lines, empty lines, holes, and any end of line. Ids never move.</summary>
[TestClass]
public sealed class VocabularyFileTests
{
    private const string Specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

    [TestMethod]
    public void VocabTxt_OfTwoEqualLines_TheLaterIsTheTokens_AndTheEarlierIsDecoded()
    {
        Tokenizer tokenizer = Bert(Specials + "the\ncat\nthe\nsat\n");
        Assert.AreEqual(9, tokenizer.VocabularySize);
        CollectionAssert.AreEqual(new[] { 7, 6, 8 }, Ids(tokenizer, "the cat sat"));
        Assert.AreEqual("the the cat", tokenizer.Decode([5, 7, 6]));
        Assert.AreEqual(7, tokenizer.Find("the"));
        Assert.AreEqual("the", tokenizer.Spell(5));
        Assert.IsFalse(tokenizer.IsSpecial(5));
        Assert.IsFalse(tokenizer.IsWritable(5));
        Assert.IsTrue(tokenizer.IsWritable(7));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("\n\n")]
    [DataRow("\uFEFF")]
    public void AVocabularyWithoutTokens_IsRefused_ThoughOtherFilesAddSpecialOnes(string vocabulary)
    {
        TokenizerFiles files = new([
            new("vocab.txt", Encoding.UTF8.GetBytes(vocabulary)),
            new("added_tokens.json", Encoding.UTF8.GetBytes("""{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}""")),
        ]);
        StringAssert.Contains(Assert.Throws<TokenizerException>(() => Tokenizer.FromFiles(files)).Message, "vocab.txt has no tokens");
        files = new([new("vocab.json", "{}"u8.ToArray()), new("merges.txt", "#version: 0.2\n"u8.ToArray())]);
        StringAssert.Contains(Assert.Throws<TokenizerException>(() => Tokenizer.FromFiles(files)).Message, "has no tokens");
    }

    [TestMethod]
    public void VocabTxt_SpecialTokenTwice_HasTheLaterId() =>
        Assert.AreEqual(6, Bert(Specials + "the\n[MASK]\n").MaskToken);

    [TestMethod]
    public void VocabTxt_EmptyLines_KeepTheirIds()
    {
        Tokenizer tokenizer = Bert(Specials + "the\n\ncat\n\n\nsat\n");
        Assert.AreEqual(11, tokenizer.VocabularySize);
        CollectionAssert.AreEqual(new[] { 5, 7, 10 }, Ids(tokenizer, "the cat sat"));
        foreach (int hole in (ReadOnlySpan<int>)[6, 8, 9])
        {
            Assert.AreEqual("", tokenizer.Spell(hole));
            Assert.IsTrue(tokenizer.IsSpecial(hole));
            Assert.IsFalse(tokenizer.IsWritable(hole));
        }
        Assert.AreEqual("the cat sat", tokenizer.Decode([5, 6, 7, 8, 9, 10]));
        Assert.AreEqual("the cat sat", tokenizer.DecodeMarkup([5, 6, 7, 8, 9, 10]));
        Assert.AreEqual(-1, tokenizer.Find(""));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.Spell(11));
        Assert.IsFalse(tokenizer.IsSpecial(11));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("\n")]
    [DataRow("\n\n")]
    [DataRow("\n\n\n\n")]
    [DataRow("\r\n\r\n")]
    [DataRow("\n  \n\t")]
    public void VocabTxt_EmptyLinesAtTheEnd_ArePassedOver(string end)
    {
        Tokenizer tokenizer = Bert(Specials + "the\ncat" + end);
        Assert.AreEqual(7, tokenizer.VocabularySize);
        Assert.AreEqual(6, tokenizer.Find("cat"));
    }

    [TestMethod]
    [DataRow("\n")]
    [DataRow("\r\n")]
    [DataRow("\r")]
    public void VocabTxt_AnyEndOfLine_AndAByteOrderMark(string newline)
    {
        Tokenizer tokenizer = Bert("\uFEFF" + (Specials + "the\n\ncat\n\u2028\n\u0085\nsat").Replace("\n", newline,
            StringComparison.Ordinal));
        // Unicode's other line separators end no line; bert-base-chinese has U+2028 as a token.
        CollectionAssert.AreEqual(new[] { 0, 5, 7, 8, 9, 10 },
            Array.ConvertAll(["[PAD]", "the", "cat", "\u2028", "\u0085", "sat"], tokenizer.Find));
        Assert.AreEqual(11, tokenizer.VocabularySize);
    }

    [TestMethod]
    public void VocabTxt_SpacesBelongToTheirTokens()
    {
        Tokenizer tokenizer = Bert(Specials + " \nthe \nthe\n");
        CollectionAssert.AreEqual(new[] { 5, 6, 7 }, Array.ConvertAll([" ", "the ", "the"], tokenizer.Find));
        CollectionAssert.AreEqual(new[] { 7 }, Ids(tokenizer, "the "));
    }

    [TestMethod]
    public void VocabTxt_WithEqualAndEmptyLines_IsSavedAsItWas()
    {
        string vocabTxt = Specials + "the\n\ncat\nthe\n\nsat\n";
        Tokenizer tokenizer = Bert(vocabTxt);
        TokenizerFiles files = tokenizer.ToFiles();
        Assert.AreEqual(vocabTxt, Encoding.UTF8.GetString(TextFiles.Get(files, "vocab.txt")));
        foreach (Tokenizer again in (ReadOnlySpan<Tokenizer>)[Tokenizer.FromFiles(files),
            Tokenizer.FromFiles(TextFiles.Only(files, "vocab.txt", "tokenizer_config.json"))])
        {
            Assert.AreEqual(tokenizer.VocabularySize, again.VocabularySize);
            CollectionAssert.AreEqual(new[] { 8, 7, 10 }, Ids(again, "the cat sat"));
            for (int id = 0; id < again.VocabularySize; id++)
                Assert.AreEqual((tokenizer.IsSpecial(id) || id == 5, tokenizer.IsWritable(id)),
                    (again.IsSpecial(id) || id == 5, again.IsWritable(id)));
        }
        // tokenizer.json has no name twice.
        StringAssert.Contains(TokenizerJson.Of(tokenizer),
            """vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"cat":7,"the":8,"":9,"sat":10}""");
        TextFiles.AssertSame(Tokenizer.FromFiles(files).ToFiles(), Tokenizer.FromFiles(Tokenizer.FromFiles(files).ToFiles()).ToFiles());
    }

    [TestMethod]
    public void AddedTokens_BeyondTheEnd_KeepTheirIds_AndWhatLiesBetweenIsNeverWritten()
    {
        Tokenizer tokenizer = Bert(Specials + "the\ncat\n", ("added_tokens.json", """{"[x1]": 12, "<new>": 14}"""));
        Assert.AreEqual(15, tokenizer.VocabularySize);
        CollectionAssert.AreEqual(new[] { 5, 12, 6, 14 }, Ids(tokenizer, "the [x1] cat<NEW>"));
        for (int id = 7; id < 15; id++)
            Assert.AreEqual(id is 12 or 14, tokenizer.IsWritable(id), $"{id}");
        Assert.AreEqual("the [x1] cat <new>", tokenizer.Decode([5, 7, 12, 8, 9, 6, 14]));
        TokenizerFiles files = tokenizer.ToFiles();
        string[][] forms = [["tokenizer.json"], ["vocab.txt", "tokenizer_config.json"], [.. files.Names]];
        foreach (string[] form in forms)
        {
            Tokenizer again = Tokenizer.FromFiles(TextFiles.Only(files, form));
            Assert.AreEqual(15, again.VocabularySize);
            CollectionAssert.AreEqual(new[] { 5, 12, 6, 14 }, Ids(again, "the [x1] cat<NEW>"));
            // An empty line is the token of no characters, where a hole in tokenizer.json is nothing.
            if (form[0] != "vocab.txt")
                TextFiles.AssertSame(files, again.ToFiles());
        }
        // Hugging Face's fast tokenizers keep an added token's id only where the model's vocabulary has it.
        StringAssert.Contains(TokenizerJson.Of(tokenizer), """cat":6,"[x1]":12,"<new>":14}""");
        Assert.AreEqual(Specials + "the\ncat\n\n\n\n\n\n[x1]\n\n<new>\n", Encoding.UTF8.GetString(TextFiles.Get(files, "vocab.txt")));
    }

    [TestMethod]
    public void AddedTokens_AfterEqualLines_KeepTheirIds_AlsoForHuggingFace()
    {
        // Its vocabulary would have one token fewer than ids, so that it would give the added one the id of the last line.
        Tokenizer tokenizer = Bert(Specials + "the\ncat\nthe\n", ("added_tokens.json", """{"[x1]": 8}"""));
        CollectionAssert.AreEqual(new[] { 7, 8 }, Ids(tokenizer, "the[x1]"));
        StringAssert.Contains(TokenizerJson.Of(tokenizer), """cat":6,"the":7,"[x1]":8}""");
    }

    [TestMethod]
    public void AddedToken_MayHaveTheIdOfAnEmptyLine()
    {
        Tokenizer tokenizer = Bert(Specials + "the\n\ncat\n", ("added_tokens.json", """{"[x1]": 6}"""));
        CollectionAssert.AreEqual(new[] { 5, 6, 7 }, Ids(tokenizer, "the[x1]cat"));
        Assert.AreEqual("[x1]", tokenizer.Spell(6));
        TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
    }

    [TestMethod]
    public void TokenizerJson_WithHoles_AndOutOfOrder_KeepsItsIds()
    {
        string json = TokenizerJson.Of(Bert(Specials + "the\ncat\nsat\n"));
        string holes = json.Replace("\"the\":5,\"cat\":6,\"sat\":7", "\"sat\":11,\"the\":5,\"cat\":8", StringComparison.Ordinal);
        Assert.AreNotEqual(json, holes);
        Tokenizer tokenizer = TokenizerJson.Read(holes);
        Assert.AreEqual(12, tokenizer.VocabularySize);
        CollectionAssert.AreEqual(new[] { 5, 8, 11 }, Ids(tokenizer, "the cat sat"));
        Assert.IsTrue(tokenizer.IsSpecial(6) && !tokenizer.IsWritable(6));
        Assert.AreEqual("the sat", tokenizer.Decode([5, 6, 7, 11]));
        TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
        Assert.AreEqual(Specials + "the\n\n\ncat\n\n\nsat\n", Encoding.UTF8.GetString(TextFiles.Get(tokenizer.ToFiles(), "vocab.txt")));
    }

    [TestMethod]
    public void TokenizerJson_WithANameTwice_TakesTheLaterId()
    {
        string json = TokenizerJson.Of(Bert(Specials + "the\ncat\nsat\n"));
        Tokenizer tokenizer = TokenizerJson.Read(json.Replace("\"sat\":7", "\"sat\":7,\"the\":8,\"cat\":3,\"cat\":6",
            StringComparison.Ordinal));
        CollectionAssert.AreEqual(new[] { 8, 6, 7 }, Ids(tokenizer, "the cat sat"));
        Assert.AreEqual("the the", tokenizer.Decode([5, 8]));
        Assert.IsFalse(tokenizer.IsWritable(5));
    }

    [TestMethod]
    public void TokenizerJson_WithAnIdTwice_SpellsBoth_AndDecodesTheLater()
    {
        string json = TokenizerJson.Of(Bert(Specials + "the\ncat\nsat\n"));
        Tokenizer tokenizer = TokenizerJson.Read(json.Replace("\"sat\":7", "\"sat\":7,\"sit\":7", StringComparison.Ordinal));
        CollectionAssert.AreEqual(new[] { 7, 7 }, Ids(tokenizer, "sat sit"));
        Assert.AreEqual("sit", tokenizer.Decode([7]));
        Tokenizer again = Tokenizer.FromFiles(tokenizer.ToFiles());
        CollectionAssert.AreEqual(new[] { 7, 7 }, Ids(again, "sat sit"));
        Assert.AreEqual("sit", again.Decode([7]));
    }

    [TestMethod]
    public void TokenizerJson_WithALineBreakInAToken_SavesAVocabTxtOfTheSameIds()
    {
        string json = TokenizerJson.Of(Bert(Specials + "the\ncat\nsat\n"));
        Tokenizer tokenizer = TokenizerJson.Read(json.Replace("\"cat\":6", "\"\\n\":6", StringComparison.Ordinal));
        Assert.AreEqual("\n", tokenizer.Spell(6));
        TokenizerFiles files = tokenizer.ToFiles();
        Assert.AreEqual(7, Tokenizer.FromFiles(TextFiles.Only(files, "vocab.txt")).Find("sat"));
        Assert.AreEqual("\n", Tokenizer.FromFiles(files).Spell(6));
    }

    [TestMethod]
    public void VocabJson_WithHoles_KeepsItsIds()
    {
        TokenizerFiles small = TextSamples.SmallBpe().ToFiles();
        Tokenizer plain = TextSamples.SmallBpe();
        string vocabJson = Encoding.UTF8.GetString(TextFiles.Get(small, "vocab.json")),
            mergesTxt = Encoding.UTF8.GetString(TextFiles.Get(small, "merges.txt"));
        int mask = plain.MaskToken;
        string moved = vocabJson.Replace($"\"<mask>\":{mask}", $"\"<mask>\":{mask + 9},\"q q\":{mask + 3}", StringComparison.Ordinal);
        Assert.AreNotEqual(vocabJson, moved);
        Tokenizer tokenizer = Tokenizer.FromFiles(TextFiles.Of(("vocab.json", moved), ("merges.txt", mergesTxt)));
        Assert.AreEqual((mask + 9, mask + 10), (tokenizer.MaskToken, tokenizer.VocabularySize));
        CollectionAssert.AreEqual(Ids(plain, "the lowest"), Ids(tokenizer, "the lowest"));
        Assert.IsTrue(tokenizer.IsSpecial(mask) && !tokenizer.IsWritable(mask) && tokenizer.IsWritable(mask + 3));
        Assert.AreEqual("the lowest", tokenizer.Decode([mask + 1, .. Ids(plain, "the lowest"), mask]));
        TokenizerFiles files = tokenizer.ToFiles();
        TextFiles.AssertSame(files, Tokenizer.FromFiles(files).ToFiles());
        TextFiles.AssertSame(files, Tokenizer.FromFiles(TextFiles.Only(files, "vocab.json", "merges.txt")).ToFiles());
    }

    [TestMethod]
    public void VocabJson_WithAnIdTwice_IsRefused_WhereMergesNeedTheId()
    {
        TokenizerFiles small = TextSamples.SmallBpe().ToFiles();
        string vocabJson = Encoding.UTF8.GetString(TextFiles.Get(small, "vocab.json")),
            mergesTxt = Encoding.UTF8.GetString(TextFiles.Get(small, "merges.txt"));
        int he = TextSamples.SmallBpe().Find("he");
        string twice = vocabJson.Replace($"\"he\":{he}", $"\"he\":{he},\"zzz\":{he}", StringComparison.Ordinal);
        Assert.AreNotEqual(vocabJson, twice);
        string message = Assert.ThrowsExactly<TokenizerException>(() =>
            Tokenizer.FromFiles(TextFiles.Of(("vocab.json", twice), ("merges.txt", mergesTxt)))).Message;
        StringAssert.Contains(message, $"gives the id {he} to two tokens, 'he' and 'zzz'");
    }

    [TestMethod]
    public void Merges_OfAPairThatOccursTwice_HaveTheLaterRank()
    {
        TokenizerFiles small = TextSamples.SmallBpe().ToFiles();
        string vocabJson = Encoding.UTF8.GetString(TextFiles.Get(small, "vocab.json")),
            mergesTxt = Encoding.UTF8.GetString(TextFiles.Get(small, "merges.txt"));
        string[] lines = mergesTxt.Split('\n');
        Tokenizer again = Tokenizer.FromFiles(TextFiles.Of(("vocab.json", vocabJson), ("merges.txt", mergesTxt + lines[1] + "\n")));
        string reordered = string.Join('\n', [lines[0], .. lines[2..^1], lines[1], ""]);
        Tokenizer expected = Tokenizer.FromFiles(TextFiles.Of(("vocab.json", vocabJson), ("merges.txt", reordered)));
        foreach (string text in TextSamples.AsciiWords(300, seed: 5))
            CollectionAssert.AreEqual(Ids(expected, text), Ids(again, text), text);
        TextFiles.AssertSame(again.ToFiles(), Tokenizer.FromFiles(again.ToFiles()).ToFiles());
    }

    [TestMethod]
    public void SparseIds_NeedNoMemoryForTheHoles()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Tokenizer tokenizer = Bert(Specials + "the\n", ("added_tokens.json", """{"far": 16777215}"""));
        Assert.AreEqual(1 << 24, tokenizer.VocabularySize);
        CollectionAssert.AreEqual(new[] { 5, 16777215 }, Ids(tokenizer, "the far"));
        Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        StringAssert.Contains(Fails(Specials, ("added_tokens.json", """{"far": 16777216}""")), "ids must be in [0, 16777216)");
    }

    [TestMethod]
    public void NoMessage_AdvisesToRemoveOrRenumber()
    {
        string[] messages =
        [
            Fails(Specials + "the\n", ("added_tokens.json", """{"x": 5}""")),
            Fails(Specials + "the\n", ("added_tokens.json", """{"the": 6}""")),
            Fails(Specials + "the\n", ("added_tokens.json", """{"x": 7, "y": 7}""")),
            Fails("[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n"),
            Fails(Specials + "the\n", ("added_tokens.json", """{"x": 99999999}""")),
        ];
        foreach (string message in messages)
        {
            foreach (string advice in (ReadOnlySpan<string>)["emove", "umber", "add ", "orrect", "of its own", "agree"])
                Assert.IsFalse(message.Contains(advice, StringComparison.Ordinal), message);
        }
        StringAssert.Contains(messages[0], "The id 5 is given to two tokens: to 'the' by vocab.txt, and to 'x' by added_tokens.json.");
        StringAssert.Contains(messages[1], "The token 'the' has two ids: 5 by vocab.txt, and 6 by added_tokens.json.");
        StringAssert.Contains(messages[2],
            "The id 7 is given to two tokens: to 'x' by added_tokens.json, and to 'y' by added_tokens.json.");
    }

    private static string Fails(string vocabTxt, params (string, string)[] others) =>
        Assert.ThrowsExactly<TokenizerException>(() => Bert(vocabTxt, others)).Message;

    private static Tokenizer Bert(string vocabTxt, params (string, string)[] others) =>
        Tokenizer.FromFiles(TextFiles.Of([("vocab.txt", vocabTxt), .. others]));

    private static int[] Ids(Tokenizer tokenizer, string text)
    {
        var output = new TokenList();
        tokenizer.Encode(text, output);
        return output.Ids.ToArray();
    }
}
