using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;
using static Microsoft.ML.Diffusion.Tests.Text.TokenizerJson;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Options that two files give: tokenizer_config.json counts, as in Hugging Face's transformers 4.</summary>
[TestClass]
public sealed class TokenizerOptionsTests
{
    private static readonly string[] s_words = ["the", "cafe", "caf\u00E9", "\u732B", "\u72AC", "\u732B\u72AC", ",", "Rome"];

    [TestMethod]
    [DataRow(true, """{"do_lower_case": false}""", "[UNK] the Rome")]
    [DataRow(true, """{"tokenizer_class": "BertTokenizer", "do_lower_case": false}""", "[UNK] the Rome")]
    [DataRow(true, """{"tokenizer_class": "DistilBertTokenizerFast", "do_lower_case": false}""", "[UNK] the Rome")]
    [DataRow(false, """{"tokenizer_class": "ElectraTokenizer", "do_lower_case": true}""", "the the [UNK]")]
    [DataRow(false, """{"do_lower_case": null}""", "[UNK] the Rome")]
    [DataRow(false, "{}", "[UNK] the Rome")]
    [DataRow(true, """{"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": false}""", "the the [UNK]")]
    public void LowerCase(bool inJson, string config, string tokens) =>
        Check(Bert(new WordPieceOptions { Lowercase = inJson }, s_words), config, "The the Rome", tokens);

    [TestMethod]
    [DataRow(true, null, """{"strip_accents": false}""", "caf\u00E9")]
    [DataRow(true, false, """{"strip_accents": true}""", "cafe")]
    [DataRow(true, false, """{"strip_accents": null}""", "cafe")]
    [DataRow(true, true, """{"strip_accents": null, "do_lower_case": false}""", "caf\u00E9")]
    [DataRow(true, null, """{"do_lower_case": false}""", "caf\u00E9")]
    [DataRow(true, false, "{}", "caf\u00E9")]
    [DataRow(false, true, """{"do_lower_case": false}""", "cafe")]
    public void Accents_FollowTheCaseIfNull(bool lowercase, bool? inJson, string config, string tokens) =>
        Check(Bert(new WordPieceOptions { Lowercase = lowercase, StripAccents = inJson }, s_words), config, "caf\u00E9", tokens);

    [TestMethod]
    [DataRow(true, """{"tokenize_chinese_chars": false}""", "\u732B\u72AC")]
    [DataRow(false, """{"tokenize_chinese_chars": true}""", "\u732B \u72AC")]
    [DataRow(false, """{"tokenizer_class": "BertTokenizer"}""", "\u732B\u72AC")]
    public void ChineseCharacters(bool inJson, string config, string tokens) =>
        Check(Bert(new WordPieceOptions { HandleChineseCharacters = inJson }, s_words), config, "\u732B\u72AC", tokens);

    [TestMethod]
    public void CleaningUp_IsDoneIfEitherFileAsksForIt()
    {
        foreach ((bool inJson, string config, string text) in (ReadOnlySpan<(bool, string, string)>)
        [
            (false, """{"clean_up_tokenization_spaces": true}""", "the, the"),
            (true, """{"clean_up_tokenization_spaces": false}""", "the, the"),
            (false, """{"clean_up_tokenization_spaces": false}""", "the , the"), (false, "{}", "the , the"),
        ])
        {
            Tokenizer tokenizer =
                Read(Bert(new WordPieceOptions { CleanUpOnDecode = inJson }, s_words), ("tokenizer_config.json", config));
            Assert.AreEqual(text, tokenizer.Decode([5, 11, 5]), config);
        }
    }

    [TestMethod]
    public void PrefixSpace_OfTheConfig_Counts_UnlessThePreTokenizerIsASequence()
    {
        string json = Of(TextSamples.SmallBpe());
        Assert.IsTrue(Bpe(json, """{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}""").AddPrefixSpace);
        Assert.IsTrue(Bpe(json, """{"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": true}""").AddPrefixSpace);
        Assert.IsFalse(Bpe(json, "{}").AddPrefixSpace);
        JsonNode root = JsonNode.Parse(json)!;
        root["pre_tokenizer"]!["add_prefix_space"] = true;
        Assert.IsFalse(Bpe(root.ToJsonString(), """{"add_prefix_space": false}""").AddPrefixSpace);
        Assert.IsTrue(Bpe(root.ToJsonString(), "{}").AddPrefixSpace);
        root["pre_tokenizer"] =
            new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(root["pre_tokenizer"]!.DeepClone()) };
        Assert.IsTrue(Bpe(root.ToJsonString(), """{"add_prefix_space": false}""").AddPrefixSpace);
    }

    [TestMethod]
    public void TrimmedOffsets_OfTheConfig_Count_IfTheClassReadsThem()
    {
        string json = Of(TextSamples.SmallBpe());
        Assert.IsFalse(Bpe(json, """{"tokenizer_class": "RobertaTokenizer", "trim_offsets": false}""").TrimOffsets);
        Assert.IsTrue(Bpe(json, """{"tokenizer_class": "PreTrainedTokenizerFast", "trim_offsets": false}""").TrimOffsets);
        Assert.IsTrue(Bpe(json, """{"tokenizer_class": "RobertaTokenizer"}""").TrimOffsets);
    }

    [TestMethod]
    public void WhatIsNeitherTrueNorFalse_IsRefused()
    {
        foreach (string value in (string[])["\"false\"", "1", "[]"])
            StringAssert.Contains(
                Fails(Bert(new WordPieceOptions(), s_words), ("tokenizer_config.json", $$"""{"do_lower_case": {{value}}}""")),
                $"tokenizer_config.json: 'do_lower_case' is {value}; expected true or false");
    }

    [TestMethod]
    public void AnOptionWithoutANormalizer_IsRefused()
    {
        JsonNode root = JsonNode.Parse(Bert(new WordPieceOptions(), s_words))!;
        root["normalizer"] = null;
        StringAssert.Contains(Fails(root.ToJsonString(), ("tokenizer_config.json", """{"do_lower_case": true}""")),
            "'do_lower_case' is true, and tokenizer.json has no normalizer");
        Check(root.ToJsonString(), """{"do_lower_case": false}""", "The the", "[UNK] the");
        Check(root.ToJsonString(), """{"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": true}""", "The the", "[UNK] the");
    }

    [TestMethod]
    public void LowerCaseOfSentenceTransformers_IsApplied_OrRefused()
    {
        const string Lower = """{"max_seq_length": 128, "do_lower_case": true}""",
            AsIs = """{"max_seq_length": 128, "do_lower_case": false}""";
        string cased = Bert(new WordPieceOptions { Lowercase = false }, s_words), uncased = Bert(new WordPieceOptions(), s_words);
        Assert.AreEqual("the caf\u00E9", Words(Read(cased, ("sentence_bert_config.json", Lower)), "The Caf\u00E9"));
        Assert.AreEqual("[UNK] [UNK]", Words(Read(cased, ("sentence_bert_config.json", AsIs)), "The Caf\u00E9"));
        Assert.AreEqual("the cafe", Words(Read(uncased, ("sentence_bert_config.json", AsIs)), "The Caf\u00E9"));
        Assert.AreEqual("the cafe", Words(Read(uncased, ("sentence_distilbert_config.json", Lower)), "The Caf\u00E9"));
        Tokenizer byTxt = Tokenizer.FromFiles(TextFiles.Of(("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n"),
            ("tokenizer_config.json", """{"do_lower_case": false}"""), ("sentence_bert_config.json", Lower)));
        Assert.AreEqual("the", Words(byTxt, "The"));
        StringAssert.Contains(Fails(Of(TextSamples.SmallBpe()), ("sentence_roberta_config.json", Lower)),
            "sentence_roberta_config.json: 'do_lower_case' is true, which is not supported for byte-level BPE");
    }

    private static void Check(string json, string config, string text, string tokens)
    {
        Tokenizer tokenizer = Read(json, ("tokenizer_config.json", config));
        Assert.AreEqual(tokens, Words(tokenizer, text));
        Tokenizer again = Tokenizer.FromFiles(tokenizer.ToFiles());
        Assert.AreEqual(tokens, Words(again, text));
        TextFiles.AssertSame(tokenizer.ToFiles(), again.ToFiles());
    }

    private static string Words(Tokenizer tokenizer, string text)
    {
        var output = new TokenList();
        tokenizer.Encode(text, output);
        return string.Join(' ', output.Ids.ToArray().Select(tokenizer.Spell));
    }

    private static ByteLevelBpeOptions Bpe(string json, string config) =>
        ((ByteLevelBpeTokenizer)Read(json, ("tokenizer_config.json", config))).Options;

    private static string Fails(string json, params (string, string)[] others) =>
        Assert.ThrowsExactly<TokenizerException>(() => Read(json, others)).Message;
}
