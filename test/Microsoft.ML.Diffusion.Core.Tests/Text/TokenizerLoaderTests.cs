using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class TokenizerLoaderTests
{
    private static readonly TokenizerFiles s_bpe = TextSamples.SmallBpe().ToFiles();
    private static readonly string s_vocabJson = Text(s_bpe, "vocab.json");
    private static readonly string s_mergesTxt = Text(s_bpe, "merges.txt");
    private static readonly string s_bpeJson = Text(s_bpe, "tokenizer.json");
    private static readonly string s_vocabTxt = TextSamples.SmallVocabTxt;
    private static readonly string s_wordPieceJson =
        Text(WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(s_vocabTxt)).ToFiles(), "tokenizer.json");

    [TestMethod]
    public void Directory_WrittenAndRead_IsTheSame_AndLeavesNoOtherFile()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            TextSamples.SmallBpe().Save(directory);
            CollectionAssert.AreEqual(s_bpe.Names.ToArray(),
                Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
            TextFiles.AssertSame(s_bpe, Tokenizer.FromDirectory(directory).ToFiles());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public void MissingFiles_AreNamed()
    {
        StringAssert.Contains(Fails("no-such-directory-here"), "does not exist");
        StringAssert.Contains(Fails(), "expected tokenizer.json");
        StringAssert.Contains(Fails(("vocab.json", s_vocabJson)), "merges.txt");
        StringAssert.Contains(Fails(("spiece.model", "any"), ("tokenizer_config.json", "{}")),
            "SentencePiece model ('spiece.model'), which is not read yet");
        StringAssert.Contains(Fails(("sentencepiece.bpe.model", "any")), "'sentencepiece.bpe.model'");
        StringAssert.Contains(Fails(("merges.txt", s_mergesTxt)), "vocab.json");
        Assert.ThrowsExactly<ArgumentException>(() => TextFiles.Of(("../vocab.txt", "a")));

        static string Fails(object? first = null, params (string, string)[] rest) => first switch
        {
            string directory => Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromDirectory(directory)).Message,
            ValueTuple<string, string> file =>
                Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromFiles(TextFiles.Of([file, .. rest]))).Message,
            _ => Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromFiles(TextFiles.Of())).Message,
        };
    }

    [TestMethod]
    public void TokenizerJson_ComesFirst() =>
        Assert.IsInstanceOfType<ByteLevelBpeTokenizer>(
            Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", s_bpeJson), ("vocab.txt", s_vocabTxt))));

    [TestMethod]
    public void Config_SetsOptionsAndNames()
    {
        var cased = (WordPieceTokenizer)Tokenizer.FromFiles(TextFiles.Of(("vocab.txt", s_vocabTxt), ("tokenizer_config.json",
            """{"do_lower_case": false, "strip_accents": true, "tokenize_chinese_chars": false, "clean_up_tokenization_spaces": false, "model_max_length": 512, "pad_token": {"content": "z"}}""")));
        Assert.AreEqual(new WordPieceOptions
        {
            Lowercase = false,
            StripAccents = true,
            HandleChineseCharacters = false,
            CleanUpOnDecode = false,
            SpecialTokens = SpecialTokenNames.Bert with { Pad = "z" },
        }, cased.Options);
        // A special token's name, in text, is not that token.
        var output = new TokenList();
        cased.Encode("z", output);
        Assert.AreEqual(cased.UnknownToken, output.Ids[0]);

        var bpe = (ByteLevelBpeTokenizer)Tokenizer.FromFiles(TextFiles.Of(("vocab.json", s_vocabJson), ("merges.txt", s_mergesTxt),
            ("tokenizer_config.json", """{"add_prefix_space": true, "trim_offsets": false}"""), ("special_tokens_map.json", """{"cls_token": "</s>"}""")));
        Assert.IsTrue(bpe.Options is { AddPrefixSpace: true, TrimOffsets: false });
        Assert.AreEqual(2, bpe.BeginToken);
    }

    [TestMethod]
    public void AddedTokens_TakeTheirIds()
    {
        int size = TextSamples.SmallBpe().VocabularySize;
        Tokenizer tokenizer = Tokenizer.FromFiles(TextFiles.Of(("vocab.json", s_vocabJson), ("merges.txt", s_mergesTxt), ("added_tokens.json", $$"""{"ça va ": {{size}}}""")));
        Assert.AreEqual(size + 1, tokenizer.VocabularySize);
        var output = new TokenList();
        tokenizer.Encode("the ça va the", output);
        Assert.AreEqual("the ça va the", tokenizer.Decode(output.Ids));
        Assert.IsTrue(output.Ids.Contains(size));
        TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());

        string json = s_bpeJson.Replace("\"added_tokens\":[", $$"""
            "added_tokens":[{"id":{{size}},"content":"<x>","special":true},
            """, StringComparison.Ordinal);
        Tokenizer special = Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", json)));
        Assert.IsTrue(special.IsSpecial(size));
        StringAssert.Contains(Fails(("tokenizer.json", json.Replace($"\"id\":{size}", "\"id\":7", StringComparison.Ordinal))),
            "two tokens");
    }

    [TestMethod]
    public void OldForms_OfTokenizerJson_AreRead()
    {
        // No type; merges as pairs.
        string json = s_bpeJson.Replace("\"type\":\"BPE\",", "", StringComparison.Ordinal)
            .Replace("\"h e\"", "[\"h\",\"e\"]", StringComparison.Ordinal);
        Assert.AreNotEqual(s_bpeJson, json);
        TextFiles.AssertSame(s_bpe, Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", "\uFEFF" + json))).ToFiles());
    }

    [TestMethod]
    public void Expressions_RunNonBacktracking_OrAreRefused()
    {
        string WithExpression(string expression) => s_bpeJson.Replace(
            "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}",
            "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":" +
                System.Text.Json.JsonSerializer.Serialize(expression) +
            "},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}]}", StringComparison.Ordinal);
        Tokenizer words = Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", WithExpression(@"(a|a)*b|\p{L}{1,3}|\d"))));
        var output = new TokenList();
        words.Encode("aab low 12, " + new string('a', 5_000), output);
        Assert.AreEqual("aab low 12, " + new string('a', 5_000), words.Decode(output.Ids));
        Assert.IsTrue(output.Ends.Contains(3) && output.Ends.Contains(7) && output.Ends.Contains(9));
        TextFiles.AssertSame(words.ToFiles(), Tokenizer.FromFiles(words.ToFiles()).ToFiles());
        Tokenizer known = Tokenizer.FromFiles(TextFiles.Of(("tokenizer.json", WithExpression(Gpt2PreTokenizer.Pattern))));
        output.Clear();
        known.Encode("  the lowest", output);
        Assert.AreEqual("  the lowest", known.Decode(output.Ids));
        StringAssert.Contains(Fails(("tokenizer.json", WithExpression(@"\s+(?!\S)|a"))), "linear time");
        StringAssert.Contains(Fails(("tokenizer.json", WithExpression("("))), "linear time");
        StringAssert.Contains(Fails(("tokenizer.json", WithExpression(new string('a', 5000)))), "5000 characters");
        StringAssert.Contains(Fails(("tokenizer.json", WithExpression(@"((\w{1000}){1000}){1000}"))), "linear time");
    }

    [TestMethod]
    [DataRow("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "Unigram")]
    [DataRow("\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "Lowercase")]
    [DataRow("\"dropout\":null", "\"dropout\":0.1", "dropout")]
    [DataRow("\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"</w>\"", "</w>")]
    [DataRow("\"model\":", "\"modell\":", "no member 'model'")]
    [DataRow("\"vocab\":", "\"vocabb\":", "no member 'vocab'")]
    [DataRow("\"merges\":", "\"mergess\":", "merges")]
    [DataRow("\"use_regex\":true},\"post", "\"use_regex\":false},\"post", "use_regex")]
    [DataRow("\"truncation\":null", "\"padding\":null", "two members")]
    [DataRow("\"<mask>\"", "\"<mist>\"", "<mask>")]
    [DataRow("\"h e\"", "\"h\"", "not a merge")]
    [DataRow("\"h e\"", "12", "not a merge")]
    [DataRow("\"h e\"", "[\"h\",\"e\",\"h\"]", "not a merge")]
    [DataRow("\"h e\"", "\"h eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\"", "longer than any")]
    [DataRow("\"h e\"", "\"\\ud800\"", "tokenizer.json")]
    public void TokenizerJson_ThatSaysSomethingElse_IsRefused(string from, string to, string message)
    {
        string json = s_bpeJson.Replace(from, to, StringComparison.Ordinal);
        Assert.AreNotEqual(s_bpeJson, json);
        StringAssert.Contains(Fails(("tokenizer.json", json)), message);
    }

    [TestMethod]
    [DataRow("BertNormalizer", "NFKC")]
    [DataRow("BertPreTokenizer", "Whitespace")]
    [DataRow("\"type\":\"WordPiece\",\"prefix\"", "\"type\":\"Metaspace\",\"prefix\"")]
    [DataRow("\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":-1")]
    public void WordPieceJson_ThatSaysSomethingElse_IsRefused(string from, string to)
    {
        string json = s_wordPieceJson.Replace(from, to, StringComparison.Ordinal);
        Assert.AreNotEqual(s_wordPieceJson, json);
        Fails(("tokenizer.json", json));
    }

    [TestMethod]
    [DataRow("""{"a": 0, "b": -1}""", "ids must be")]
    [DataRow("""{"a": 0, "b": 99999999999}""", "ids must be")]
    [DataRow("""{"a": 0, "b": 1e99}""", "not a whole number")]
    [DataRow("""{"a": 0, "b": 1.5}""", "not a whole number")]
    [DataRow("""{"a": 0, "b": "1"}""", "not a number")]
    [DataRow("""{"a": 0, "b": [1]}""", "not a number")]
    [DataRow("""{"a": 0, "\ud800": 1}""", "vocab.json")]
    [DataRow("""{"a": 0""", "complete")]
    [DataRow("""["a"]""", "object")]
    [DataRow("", "complete")]
    [DataRow("""{"a": 0} x""", "complete")]
    [DataRow("""{}""", "has no tokens")]
    [DataRow("""{"<s>":0,"</s>":1,"<pad>":2,"<mask>":3}""", "no token '<unk>'")]
    [DataRow("""{"<s>":0,"</s>":1,"<pad>":2,"<mask>":3,"<unk>":4}""", "byte 0")]
    public void BadVocabJson_IsRefused(string json, string message) =>
        StringAssert.Contains(Fails(("vocab.json", json), ("merges.txt", "#version: 0.2\n")), message);

    [TestMethod]
    public void BadVocabJson_OfBytes_IsRefused()
    {
        byte[] bad = [.. "{\"a\": 0, \""u8, 0xFF, .. "\": 1}"u8];
        Assert.ThrowsExactly<TokenizerException>(() => ByteLevelBpeTokenizer.FromFiles(bad, default));
        foreach (string name in (ReadOnlySpan<string>)["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
            "added_tokens.json"])
        {
            var files = new TokenizerFiles([new(name, bad), new("vocab.txt", Encoding.UTF8.GetBytes(s_vocabTxt))]);
            StringAssert.Contains(Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromFiles(files)).Message, name);
        }
    }

    [TestMethod]
    public void JsonTooDeep_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 100_000)) + string.Concat(Enumerable.Repeat("]", 100_000));
        Fails(("vocab.json", $$"""{"a": {{deep}}}"""), ("merges.txt", ""));
        Fails(("tokenizer.json", "{\"model\": {\"vocab\": " + deep + "}}"));
        Fails(("tokenizer.json", s_bpeJson.Replace("\"normalizer\":null", "\"normalizer\":" + deep, StringComparison.Ordinal)));
        Fails(("vocab.txt", s_vocabTxt), ("tokenizer_config.json", $$"""{"a": {{deep}}}"""));
    }

    [TestMethod]
    [DataRow("Ġ q", "lacks")]
    [DataRow("he qq", "no token 'qq'")]
    [DataRow("Ġ", "not a merge")]
    [DataRow("Ġ t h", "not a merge")]
    [DataRow(" t", "not a merge")]
    [DataRow("", "not a merge")]
    [DataRow("< s>", "no token 's>'")]
    public void BadMergesTxt_IsRefused(string line, string message) =>
        StringAssert.Contains(Fails(("vocab.json", s_vocabJson), ("merges.txt", s_mergesTxt + line + "\n")), message);

    [TestMethod]
    public void MergeThatMakesASpecialToken_IsRefused()
    {
        // Names of special tokens must not come out of plain text.
        StringAssert.Contains(Fails(("vocab.json", s_vocabJson), ("merges.txt", s_mergesTxt), ("special_tokens_map.json", """{"pad_token": "he"}""")), "special token");
        StringAssert.Contains(Fails(("vocab.json", s_vocabJson), ("merges.txt", s_mergesTxt), ("special_tokens_map.json", """{"pad_token": "Ġ"}""")), "special token");
    }

    [TestMethod]
    [DataRow("[PAD]", "[POD]", "[PAD]")]
    [DataRow("[MASK]\n", "", "[MASK]")]
    public void BadVocabTxt_IsRefused(string from, string to, string message) =>
        StringAssert.Contains(Fails(("vocab.txt", s_vocabTxt.Replace(from, to, StringComparison.Ordinal))), message);

    [TestMethod]
    public void VocabTxt_MayEndItsLinesEitherWay()
    {
        Tokenizer tokenizer = Tokenizer.FromFiles(TextFiles.Of(("vocab.txt", s_vocabTxt)));
        TextFiles.AssertSame(tokenizer.ToFiles(),
            Tokenizer.FromFiles(TextFiles.Of(("vocab.txt", "\uFEFF" + s_vocabTxt.Replace("\n", "\r\n", StringComparison.Ordinal))))
            .ToFiles());
        TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(TextFiles.Of(("vocab.txt", s_vocabTxt[..^1]))).ToFiles());
        Assert.ThrowsExactly<TokenizerException>(() => WordPieceTokenizer.FromFile([0xFF, 0xFE, (byte)'\n']));
        Assert.ThrowsExactly<TokenizerException>(() => WordPieceTokenizer.FromFile([]));
    }

    private static string Fails(params (string, string)[] files) =>
        Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromFiles(TextFiles.Of(files))).Message;

    private static string Text(TokenizerFiles files, string name) => Encoding.UTF8.GetString(TextFiles.Get(files, name));
}
