using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Tokenizers of other kinds are refused by name, and nothing is said that would spoil a vocabulary.</summary>
[TestClass]
public sealed class TokenizerKindTests
{
    private const string VocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\n";
    private static readonly string s_wordPiece = TokenizerJson.Bert(new WordPieceOptions(), "the", "cat");
    private static readonly string s_byteLevel = TokenizerJson.Of(TextSamples.SmallBpe());
    private static readonly (string, string)[] s_pair =
    [
        ("vocab.json", System.Text.Encoding.UTF8.GetString(TextFiles.Get(TextSamples.SmallBpe().ToFiles(), "vocab.json"))),
        ("merges.txt", System.Text.Encoding.UTF8.GetString(TextFiles.Get(TextSamples.SmallBpe().ToFiles(), "merges.txt"))),
    ];

    [TestMethod]
    [DataRow("""{"word_tokenizer_type": "mecab", "subword_tokenizer_type": "wordpiece"}""", "'word_tokenizer_type' is 'mecab'")]
    [DataRow("""{"word_tokenizer_type": "sudachi"}""", "'word_tokenizer_type' is 'sudachi'")]
    [DataRow("""{"word_tokenizer_type": "jumanpp"}""", "'word_tokenizer_type' is 'jumanpp'")]
    [DataRow("""{"subword_tokenizer_type": "character"}""", "'subword_tokenizer_type' is 'character'")]
    [DataRow("""{"word_tokenizer_type": "basic", "subword_tokenizer_type": "sentencepiece"}""",
        "'subword_tokenizer_type' is 'sentencepiece'")]
    [DataRow("""{"tokenizer_class": "BertJapaneseTokenizer"}""", "with MeCab, Sudachi or Juman++")]
    [DataRow("""{"tokenizer_class": "PhobertTokenizer"}""", "'PhobertTokenizer', which joins pieces by the merges of 'bpe.codes'")]
    [DataRow("""{"tokenizer_class": "BertweetTokenizer"}""", "'BertweetTokenizer'")]
    [DataRow("""{"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": ["own.OwnTokenizer", null]}}""", "own Python code")]
    public void Settings_OfAnotherKind_AreRefused_WhateverTheFiles(string config, string message)
    {
        StringAssert.Contains(Fails(("vocab.txt", VocabTxt), ("tokenizer_config.json", config)), message);
        StringAssert.Contains(Fails(("tokenizer.json", s_wordPiece), ("tokenizer_config.json", config)), message);
        if (!config.Contains("_type", StringComparison.Ordinal) && !config.Contains("auto_map", StringComparison.Ordinal))
            StringAssert.Contains(Fails(("vocab.txt", VocabTxt), ("config.json", config)), "config.json: tokenizer_class is");
    }

    [TestMethod]
    [DataRow("AlbertTokenizer", "AlbertTokenizer', a SentencePiece tokenizer, which is not read yet")]
    [DataRow("XLMRobertaTokenizerFast", "a SentencePiece tokenizer")]
    [DataRow("CamembertTokenizer", "a SentencePiece tokenizer")]
    [DataRow("DebertaV2Tokenizer", "a SentencePiece tokenizer")]
    [DataRow("RobertaTokenizer", "and vocab.txt is the vocabulary of another kind, WordPiece")]
    [DataRow("OwnTokenizer", "'OwnTokenizer', which is not known, and vocab.txt alone does not say how it reads text")]
    public void VocabTxt_OfAnotherClass_IsRefused(string name, string message)
    {
        StringAssert.Contains(
            Fails(("vocab.txt", VocabTxt), ("tokenizer_config.json", $$"""{"tokenizer_class": "{{name}}"}""")), message);
        StringAssert.Contains(Fails(("vocab.txt", VocabTxt), ("config.json", $$"""{"tokenizer_class": "{{name}}"}""")), message);
        // A tokenizer.json says how it reads text.
        Assert.IsInstanceOfType<WordPieceTokenizer>(Read(("tokenizer.json", s_wordPiece),
            ("tokenizer_config.json", $$"""{"tokenizer_class": "{{name}}"}""")));
    }

    [TestMethod]
    [DataRow("tokenizer_78b3253a26.model", "SentencePiece model ('tokenizer_78b3253a26.model' beside vocab.txt), which is not read yet")]
    [DataRow("spiece.model", "SentencePiece")]
    [DataRow("bpe.codes", "BPE of words ('bpe.codes' beside vocab.txt), as BERTweet's and PhoBERT's are")]
    public void VocabTxt_BesideAnotherKindsFile_IsRefused(string name, string message)
    {
        StringAssert.Contains(Fails(("vocab.txt", VocabTxt), (name, "x")), message);
        Assert.IsInstanceOfType<WordPieceTokenizer>(Read(("tokenizer.json", s_wordPiece), (name, "x")));
    }

    [TestMethod]
    public void VocabTxt_WithAnotherKindsTokens_IsRefused()
    {
        const string Specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
        StringAssert.Contains(Fails(("vocab.txt", Specials + "\u2581the\n\u2581cat\ns\n\u2581\n")),
            "2 of 9 tokens start with '\u2581' and 0 with '##', so these are the pieces of a SentencePiece model");
        StringAssert.Contains(Fails(("vocab.txt", "the 1200\ncat@@ 900\r\ns 33\n")), "3 of 3 lines are a token and its count");
        Assert.AreEqual(9, Read(("vocab.txt", Specials + "\u2581\nthe\n##s\n7\n")).VocabularySize);
        StringAssert.Contains(Fails(("vocab.txt", VocabTxt), ("tokenizer_config.json", """{"do_basic_tokenize": false}""")),
            "'do_basic_tokenize' is false");
    }

    [TestMethod]
    [DataRow("BertTokenizer", "and vocab.json and merges.txt is the vocabulary of another kind, byte-level BPE")]
    [DataRow("HerbertTokenizerFast", "'HerbertTokenizerFast', which is not known")]
    [DataRow("XLMTokenizer", "BPE of words with Moses' rules")]
    [DataRow("MarianTokenizer", "a SentencePiece tokenizer")]
    public void VocabJson_OfAnotherClass_IsRefused(string name, string message) =>
        StringAssert.Contains(Fails([.. s_pair, ("tokenizer_config.json", $$"""{"tokenizer_class": "{{name}}"}""")]), message);

    [TestMethod]
    public void VocabJson_OfWords_IsRefused()
    {
        StringAssert.Contains(Fails(("vocab.json", """{"the</w>": 0}"""), ("merges.txt", "")), "tokens end with '</w>'");
        StringAssert.Contains(Fails([.. s_pair, ("source.spm", "x")]),
            "SentencePiece model ('source.spm' beside vocab.json and merges.txt)");
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("RobertaTokenizer")]
    [DataRow("LongformerTokenizerFast")]
    [DataRow("GPT2Tokenizer")]
    [DataRow("PreTrainedTokenizerFast")]
    public void ByteLevelClasses_AreRead(string? name)
    {
        string config = name is null ? "{}" : $$"""{"tokenizer_class": "{{name}}"}""";
        Assert.IsInstanceOfType<ByteLevelBpeTokenizer>(Read([.. s_pair, ("tokenizer_config.json", config)]));
        if (name is "RobertaTokenizer")
            Assert.IsInstanceOfType<ByteLevelBpeTokenizer>(Read([.. s_pair, ("vocab.txt", VocabTxt), ("tokenizer_config.json", config)]));
    }

    [TestMethod]
    [DataRow("model", "type", "Unigram", "of the type 'Unigram' (SentencePiece), which is not read yet")]
    [DataRow("model", "type", "WordLevel", "of the type 'WordLevel', which is not read yet")]
    [DataRow("pre_tokenizer", "type", "Metaspace",
        "the pre_tokenizer is of the type 'Metaspace', which is not supported; expected BertPreTokenizer")]
    [DataRow("pre_tokenizer", "type", "Whitespace", "'Whitespace'")]
    [DataRow("normalizer", "type", "Lowercase",
        "the normalizer is of the type 'Lowercase', which is not supported; expected BertNormalizer")]
    public void TokenizerJson_OfAnotherKind_NamesThePart(string member, string property, string value, string message)
    {
        JsonNode root = JsonNode.Parse(s_wordPiece)!;
        root[member]![property] = value;
        StringAssert.Contains(Fails(("tokenizer.json", root.ToJsonString())), message);
    }

    [TestMethod]
    public void TokenizerJson_OfSeveralParts_NamesThem()
    {
        JsonNode root = JsonNode.Parse(s_byteLevel)!;
        root["normalizer"] = JsonNode.Parse("""{"type": "Sequence", "normalizers": [{"type": "Prepend"}, {"type": "Replace"}, 3]}""");
        StringAssert.Contains(Fails(("tokenizer.json", root.ToJsonString())),
            "of the type 'Sequence' of Prepend, Replace, ?, which is not supported");
    }

    [TestMethod]
    public void MissingTokenizer_NamesItsDirectory()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Directory.CreateDirectory(directory);
        try
        {
            File.WriteAllText(Path.Combine(directory, "model.onnx"), "x");
            StringAssert.Contains(InDirectory(directory), $"There is no tokenizer in '{directory}': expected tokenizer.json");
            File.WriteAllText(Path.Combine(directory, "vocab.json"), "{}");
            StringAssert.Contains(InDirectory(directory), $"in '{directory}', which has vocab.json: vocab.json needs merges.txt");
            File.WriteAllText(Path.Combine(directory, "any.model"), "x");
            StringAssert.Contains(InDirectory(directory), $"SentencePiece model ('any.model' in '{directory}'), which is not read yet");
            File.Delete(Path.Combine(directory, "any.model"));
            File.WriteAllText(Path.Combine(directory, "config.json"), """{"tokenizer_class": "XLNetTokenizer"}""");
            StringAssert.Contains(InDirectory(directory), "config.json: tokenizer_class is 'XLNetTokenizer', a SentencePiece tokenizer");
            // A config.json that cannot be read is not the tokenizer's error.
            File.WriteAllText(Path.Combine(directory, "config.json"), "{");
            StringAssert.Contains(InDirectory(directory), "There is no tokenizer");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        static string InDirectory(string directory)
        {
            string message = Assert.ThrowsExactly<TokenizerException>(() => Tokenizer.FromDirectory(directory)).Message;
            Assert.AreEqual(message,
                Assert.ThrowsExactly<TokenizerException>(() => EncoderModel.FromDirectory(directory).Tokenizer).Message);
            return message;
        }
    }

    private static Tokenizer Read(params (string, string)[] files) => Tokenizer.FromFiles(TextFiles.Of(files));

    private static string Fails(params (string, string)[] files)
    {
        string message = Assert.ThrowsExactly<TokenizerException>(() => Read(files)).Message;
        foreach (string advice in (string[])["Add ", "add the", "remove", "renumber", "Correct it"])
            Assert.IsFalse(message.Contains(advice, StringComparison.Ordinal), message);
        return message;
    }
}
