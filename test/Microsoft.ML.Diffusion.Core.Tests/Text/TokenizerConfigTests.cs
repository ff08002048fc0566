using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;
using static Microsoft.ML.Diffusion.Tests.Text.TokenizerJson;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>Tokens that other files name than tokenizer.json and vocab.txt.</summary>
[TestClass]
public sealed class TokenizerConfigTests
{
    private const string VocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\n[unused]\n[\n]\n<\n>\n";
    private static readonly string s_json = Bert(new WordPieceOptions(), "the", "cat", "sat", "[unused]", "[", "]", "<", ">");

    [TestMethod]
    public void AddedTokensDecoder_AddsWhatTokenizerJsonLacks()
    {
        string config = Decoder((13, Token("[ip]", normalized: false)), (15, Token("Dog")),
            (14, Token("<END>", special: true, normalized: false)));
        foreach (Tokenizer tokenizer in (ReadOnlySpan<Tokenizer>)[Read(("tokenizer.json", s_json), ("tokenizer_config.json", config)),
            Read(("vocab.txt", VocabTxt), ("tokenizer_config.json", config))])
        {
            Assert.AreEqual(16, tokenizer.VocabularySize);
            Assert.AreEqual("the[0,3) [ip][4,8) Dog[9,12) Dog[13,16)", Tokens(tokenizer, "The [ip] dog DOG"));
            Assert.AreEqual("<END>[0,5)", Tokens(tokenizer, "<END>", markup: true));
            Assert.AreEqual("<[0,1) [UNK][1,4) >[4,5)", Tokens(tokenizer, "<END>"));
            Assert.IsTrue(tokenizer.IsSpecial(14) && !tokenizer.IsSpecial(13));
            TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
        }
    }

    [TestMethod]
    public void Contradictions_NameBothFilesAndBothTokens()
    {
        string json = With(s_json, 13, "dog");
        Assert.AreEqual(
            "The id 13 is given to two tokens: to 'dog' by tokenizer.json, added_tokens, and to 'fox' by tokenizer_config.json.",
            Fails(("tokenizer.json", json), ("tokenizer_config.json", Decoder((13, Token("fox"))))));
        Assert.AreEqual(
            "The token 'dog' has two ids: 13 by tokenizer.json, added_tokens, and 14 by tokenizer_config.json.",
            Fails(("tokenizer.json", json), ("tokenizer_config.json", Decoder((14, Token("dog"))))));
        Assert.AreEqual(
            "The id 5 is given to two tokens: to 'the' by tokenizer.json, model.vocab, and to 'fox' by tokenizer_config.json.",
            Fails(("tokenizer.json", json), ("tokenizer_config.json", Decoder((5, Token("fox"))))));
        Assert.AreEqual(
            "The token 'the' has two ids: 5 by tokenizer.json, model.vocab, and 20 by tokenizer.json, added_tokens.",
            Fails(("tokenizer.json", With(s_json, 20, "the"))));
        Assert.AreEqual(
            "The id 13 is given to two tokens: to 'dog' by tokenizer_config.json, and to 'fox' by added_tokens.json.",
            Fails(("vocab.txt", VocabTxt), ("tokenizer_config.json", Decoder((13, Token("dog")))),
                ("added_tokens.json", """{"fox": 13}""")));
        Assert.AreEqual(
            "The token 'dog' has two ids: 13 by tokenizer_config.json, and 14 by added_tokens.json.",
            Fails(("vocab.txt", VocabTxt), ("tokenizer_config.json", Decoder((13, Token("dog")))),
                ("added_tokens.json", """{"dog": 14}""")));
    }

    [TestMethod]
    public void Flags_OfTokenizerConfig_Count_AndSpecialStaysSpecial()
    {
        string json = With(With(s_json, 13, "dog", singleWord: true), 14, "<e>", special: true, normalized: false);
        string config = Decoder((13, Token("dog", lstrip: true)), (14, Token("<e>", normalized: false)));
        Tokenizer tokenizer = Read(("tokenizer.json", json), ("tokenizer_config.json", config));
        Assert.AreEqual("the[0,3) dog[3,7) sat[7,10)", Tokens(tokenizer, "the dogsat"));
        Assert.IsTrue(tokenizer.IsSpecial(14));
        // Read as the file is and again normalized, the token is found in both.
        tokenizer = Read(("tokenizer.json", With(s_json, 13, "Dog")),
            ("tokenizer_config.json", Decoder((13, Token("Dog", normalized: false)))));
        Assert.AreEqual("Dog[0,3) Dog[4,7)", Tokens(tokenizer, "dog Dog"));
    }

    [TestMethod]
    public void AddedTokensJson_OnlyAdds_AndItsSpecialTokensAreNotNormalized()
    {
        string json = With(s_json, 13, "dog", singleWord: true);
        Tokenizer tokenizer = Read(("tokenizer.json", json), ("added_tokens.json", """{"dog": 13, "Fox": 14, "[E]": 15, "[MASK]": 4}"""),
            ("special_tokens_map.json", """{"additional_special_tokens": ["[E]"]}"""));
        Assert.AreEqual("dog[0,3) Fox[4,7) Fox[8,11) [UNK][12,16)", Tokens(tokenizer, "dog fox FOX dogs"));
        Assert.AreEqual("[E][0,3) [[4,5) [UNK][5,6) ][6,7)", Tokens(tokenizer, "[E] [e]", markup: true));
        Assert.IsTrue(tokenizer.IsSpecial(15) && !tokenizer.IsSpecial(14));
    }

    [TestMethod]
    public void AdditionalSpecialTokens_AreSpecial_AndGetTheNextIds()
    {
        string json = With(s_json, 13, "<e>");
        string additional = """["<a>", {"content": "<B>", "lstrip": true}, "<e>", "[unused]", "<a>"]""";
        string named = """{"a_token": "<a>", "b_token": {"content": "<B>", "lstrip": true}, "e_token": "<e>", "u_token": "[unused]"}""";
        foreach ((string, string)[] files in (ReadOnlySpan<(string, string)[]>)
        [
            [("tokenizer_config.json", $$"""{"additional_special_tokens": {{additional}}}""")],
            [("tokenizer_config.json", $$"""{"extra_special_tokens": {{additional}}}""")],
            [("tokenizer_config.json", $$"""{"extra_special_tokens": {{named}}}""")],
            [("special_tokens_map.json", $$"""{"additional_special_tokens": {{additional}}}""")],
            [("tokenizer_config.json", """{"additional_special_tokens": ["<a>"]}"""),
                ("special_tokens_map.json", $$"""{"additional_special_tokens": {{additional}}}""")],
        ])
        {
            Tokenizer tokenizer = Read([("tokenizer.json", json), .. files]);
            Assert.AreEqual(16, tokenizer.VocabularySize);
            CollectionAssert.AreEqual(new[] { 14, 15, 13, 8 }, Array.ConvertAll(["<a>", "<B>", "<e>", "[unused]"], tokenizer.Find));
            Assert.IsTrue(new[] { 14, 15, 13, 8 }.All(tokenizer.IsSpecial));
            Assert.AreEqual("the[0,3) <B>[3,7) <[8,9) [UNK][9,10) >[10,11)", Tokens(tokenizer, "the <B> <b>", markup: true));
            TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
        }
    }

    [TestMethod]
    public void SpecialTokensMap_CountsFirst_UnlessTheConfigHasAddedTokensDecoder()
    {
        string vocabTxt = VocabTxt + "<m>\n<s>\n";
        const string Map = """{"mask_token": "<m>", "cls_token": {"content": "<s>", "lstrip": false, "normalized": false}}""";
        Tokenizer tokenizer = Read(("vocab.txt", vocabTxt), ("special_tokens_map.json", Map),
            ("tokenizer_config.json", """{"mask_token": "[MASK]"}"""));
        Assert.AreEqual((13, 14), (tokenizer.MaskToken, tokenizer.BeginToken));
        tokenizer = Read(("vocab.txt", vocabTxt), ("special_tokens_map.json", Map),
            ("tokenizer_config.json", """{"mask_token": "[MASK]", "added_tokens_decoder": {}}"""));
        Assert.AreEqual((4, 14), (tokenizer.MaskToken, tokenizer.BeginToken));
    }

    [TestMethod]
    public void SpecialTokens_WrittenAsObjects_KeepTheirFlags()
    {
        const string Config = """{"mask_token": {"__type": "AddedToken", "content": "[MASK]", "lstrip": true}, "eos_token": "[unused]"}""";
        Tokenizer tokenizer = Read(("vocab.txt", VocabTxt), ("tokenizer_config.json", Config));
        Assert.AreEqual("the[0,3) [MASK][3,10) cat[11,14)", Tokens(tokenizer, "the [MASK] cat", markup: true));
        Assert.IsTrue(tokenizer.IsSpecial(8));
        // A name that is in no vocabulary gets no id.
        Assert.AreEqual(13, Read(("vocab.txt", VocabTxt),
            ("tokenizer_config.json", """{"bos_token": "<bos>", "cls_token": "[CLS]"}""")).VocabularySize);
    }

    [TestMethod]
    public void EmptyTokens_AreLeftOut()
    {
        Tokenizer tokenizer = Read(("tokenizer.json", With(s_json, 13, "")),
            ("tokenizer_config.json", """{"additional_special_tokens": [""]}"""));
        Assert.AreEqual(13, tokenizer.VocabularySize);
        Assert.AreEqual("the[0,3)", Tokens(tokenizer, "the", markup: true));
    }

    private static string Decoder(params (int Id, JsonObject Token)[] tokens) => new JsonObject
    {
        ["added_tokens_decoder"] = new JsonObject(tokens.Select(static token =>
            KeyValuePair.Create($"{token.Id}", (JsonNode?)token.Token))),
    }.ToJsonString();

    private static Tokenizer Read(params (string Name, string Content)[] files) => Tokenizer.FromFiles(TextFiles.Of(files));

    private static string Fails(params (string, string)[] files)
    {
        string message = Assert.ThrowsExactly<TokenizerException>(() => Read(files)).Message;
        Assert.EndsWith(" " + TokenConflict.Advice, message);
        return message[..^(TokenConflict.Advice.Length + 1)];
    }
}
