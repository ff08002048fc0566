using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>The tokens around a text and between two, as the tokenizer's files give them.</summary>
[TestClass]
public sealed class PostProcessorTests
{
    private const string Cls = "[CLS]:0", Sep = "[SEP]:0";
    private static readonly string[] s_single = [Cls, "A:0", Sep];
    private static readonly string s_wordPiece = TokenizerJson.Bert(new WordPieceOptions(), "the", "cat");
    private static readonly string s_byteLevel = TokenizerJson.Of(TextSamples.SmallBpe());

    [TestMethod]
    [DataRow("[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1", new[] { 0, 0, 0, 1, 1 })]
    [DataRow("[CLS]:0 A:0 [SEP]:0 B:0 [SEP]:0", new[] { 0, 0, 0, 0, 0 })]
    [DataRow("[CLS]:0 A:0 [SEP]:0 [SEP]:0 B:0 [SEP]:0", new[] { 0, 0, 0, 0, 0, 0 })]
    [DataRow("[CLS]:0 A:0 [SEP]:0 [SEP]:1 B:1 [SEP]:1", new[] { 0, 0, 0, 1, 1, 1 })]
    [DataRow("[CLS]:1 A:1 B:2 [SEP]:0", new[] { 1, 1, 2, 0 })]
    public void Template_IsRead_AndWritten(string pair, int[] types)
    {
        foreach (JsonNode processor in (ReadOnlySpan<JsonNode>)[Template(s_single, pair.Split(' ')),
            Sequence(ByteLevel(), Template(s_single, pair.Split(' '))), Sequence(Template(s_single, pair.Split(' ')))])
        {
            Tokenizer tokenizer = Read(With(s_wordPiece, processor));
            Assert.AreEqual(new SequenceTemplate(types), tokenizer.Template);
            TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
            Assert.AreEqual(new SequenceTemplate(types), Tokenizer.FromFiles(tokenizer.ToFiles()).Template);
        }
    }

    [TestMethod]
    public void Template_OfByteLevelBpe_IsReadAndWritten_WithItsOffsets()
    {
        foreach (bool trims in (bool[])[true, false])
        {
            JsonObject template =
                Template(["<s>:0", "A:0", "</s>:0"], ["<s>:0", "A:0", "</s>:0", "B:0", "</s>:0"], ("<s>", 0), ("</s>", 2));
            Tokenizer tokenizer = Read(With(s_byteLevel, trims ? Sequence(ByteLevel(), template) : template));
            Assert.AreEqual(new SequenceTemplate(0, 0, 0, 0, 0), tokenizer.Template);
            StringAssert.EndsWith(TokenizerJson.Tokens(tokenizer, "the the"), trims ? "the[4,7)" : "the[3,7)");
            TextFiles.AssertSame(tokenizer.ToFiles(), Tokenizer.FromFiles(tokenizer.ToFiles()).ToFiles());
        }
    }

    [TestMethod]
    public void BertProcessing_AndRobertaProcessing_CountBeforeTheClass()
    {
        JsonObject bert = Pair("BertProcessing", "[CLS]", 2, "[SEP]", 3), roberta = Pair("RobertaProcessing", "[CLS]", 2, "[SEP]", 3);
        Assert.AreEqual(SequenceTemplate.Bert, Read(With(s_wordPiece, bert),
            ("tokenizer_config.json", """{"tokenizer_class": "RobertaTokenizer"}""")).Template);
        Tokenizer tokenizer = Read(With(s_wordPiece, roberta), ("tokenizer_config.json", """{"tokenizer_class": "BertTokenizer"}"""));
        Assert.AreEqual(SequenceTemplate.Roberta, tokenizer.Template);
        Assert.AreEqual(SequenceTemplate.Roberta, Tokenizer.FromFiles(tokenizer.ToFiles()).Template);
    }

    [TestMethod]
    [DataRow("""{"tokenizer_class": "BertTokenizerFast"}""", "roberta", 1)]
    [DataRow("""{"tokenizer_class": "LongformerTokenizerFast"}""", "bert", 2)]
    [DataRow("""{"tokenizer_class": "PreTrainedTokenizerFast"}""", "roberta", 2)]
    [DataRow("{}", "roberta", 2)]
    [DataRow("{}", "modernbert", 1)]
    [DataRow("{}", "else", 0)]
    public void TheClass_AndThenTheFamily_CountIfThePostProcessorAddsNothing(string config, string modelType, int separators)
    {
        foreach (JsonNode? none in (ReadOnlySpan<JsonNode?>)[null, ByteLevel()])
        {
            SequenceTemplate? template = Read(With(s_wordPiece, none), ("tokenizer_config.json", config),
                ("config.json", $$"""{"model_type": "{{modelType}}"}""")).Template;
            Assert.AreEqual(separators, template?.Separators ?? 0);
        }
        SequenceTemplate? byModel = Read(With(s_wordPiece, null), ("config.json", """{"tokenizer_class": "RobertaTokenizer"}""")).Template;
        Assert.AreEqual(SequenceTemplate.Roberta, byModel);
    }

    [TestMethod]
    public void ItsTokens_OpenAndClose_WhateverTheConfigCallsThem()
    {
        JsonObject template =
            Template(["[bos]:0", "A:0", "[eos]:0"], ["[bos]:0", "A:0", "[eos]:0", "B:1", "[eos]:1"], ("[bos]", 5), ("[eos]", 6));
        Tokenizer tokenizer = Read(With(TokenizerJson.Bert(new WordPieceOptions(), "[bos]", "[eos]", "the"), template),
            ("tokenizer_config.json", """{"cls_token": "[CLS]", "sep_token": "[SEP]"}"""));
        Assert.AreEqual((5, 6), (tokenizer.BeginToken, tokenizer.EndToken));
        Assert.AreEqual((5, 6), (Tokenizer.FromFiles(tokenizer.ToFiles()).BeginToken, Tokenizer.FromFiles(tokenizer.ToFiles()).EndToken));
    }

    [TestMethod]
    [DataRow("A:0 [SEP]:0", "makes of a text A [SEP], which is not supported; expected an opening token")]
    [DataRow("A:0 [SEP]:0 [CLS]:0", "makes of a text A [SEP] [CLS]")]
    [DataRow("[CLS]:0 A:0", "makes of a text [CLS] A")]
    [DataRow("A:0", "makes of a text A,")]
    [DataRow("[CLS]:0 [CLS]:0 A:0 [SEP]:0", "makes of a text [CLS] [CLS] A [SEP]")]
    [DataRow("[CLS]:2 A:0 [SEP]:0", "makes of a text [CLS]:2 A:0 [SEP]:0; expected the type 0")]
    public void ATokenElsewhere_IsRefused(string text, string message) =>
        StringAssert.Contains(Fails(Template(text.Split(' '), [Cls, "A:0", Sep, "B:1", "[SEP]:1"])), message);

    [TestMethod]
    [DataRow("A:0 B:1")]
    [DataRow("[CLS]:0 A:0 [SEP]:0 B:1")]
    [DataRow("[CLS]:0 B:0 [SEP]:0 A:1 [SEP]:1")]
    [DataRow("[CLS]:0 A:0 [SEP]:0 [CLS]:0 B:1 [SEP]:1")]
    public void APairThatIsNotSupported_IsRefusedWhenOneIsMade(string pair)
    {
        Tokenizer tokenizer = Read(With(s_wordPiece, Template(s_single, pair.Split(' '))));
        Assert.AreEqual((2, 3), (tokenizer.BeginToken, tokenizer.EndToken));
        foreach (Tokenizer each in (ReadOnlySpan<Tokenizer>)[tokenizer, Tokenizer.FromFiles(tokenizer.ToFiles())])
            StringAssert.Contains(Assert.ThrowsExactly<TokenizerException>(() => EncoderFamily.Bert.SeparatorsOf(each)).Message,
                "makes of a pair of texts");
    }

    [TestMethod]
    public void OtherForms_AreRefused()
    {
        StringAssert.Contains(Fails(new JsonObject { ["type"] = "Whatever" }), "of the type 'Whatever', which is not supported");
        StringAssert.Contains(
            Fails(Sequence(Pair("BertProcessing", "[CLS]", 2, "[SEP]", 3), Pair("BertProcessing", "[CLS]", 2, "[SEP]", 3))), "2 parts");
        StringAssert.Contains(Fails(new JsonObject { ["type"] = "BertProcessing", ["cls"] = 2 }), "'cls' is not an array");
        StringAssert.Contains(Fails(new JsonObject { ["type"] = "TemplateProcessing", ["single"] = "$A" }), "an array 'single'");
        JsonObject bad = Template(s_single, s_single);
        bad["single"]![0] = "[CLS]";
        StringAssert.Contains(Fails(bad), "is not a part of a template");
        JsonObject several = Template(s_single, s_single);
        several["special_tokens"]!["[CLS]"]!["ids"] = new JsonArray(2, 3);
        StringAssert.Contains(Fails(several), "one id and one token");
    }

    [TestMethod]
    public void IdsThatTheVocabularyContradicts_AreRefused()
    {
        StringAssert.Contains(Fails(Pair("BertProcessing", "[CLS]", 2, "[SEP]", 5)),
            "'[SEP]' has two ids: 3 by tokenizer.json, model.vocab");
        StringAssert.Contains(Fails(Pair("BertProcessing", "[BOS]", 9, "[SEP]", 3)), "adds the token '[BOS]' with the id 9");
    }

    [TestMethod]
    public void AModelsDirectory_KeepsTheTemplate()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Tokenizer oneSeparator = Read(With(s_wordPiece, Template(s_single, [Cls, "A:0", Sep, "B:0", Sep])));
            foreach ((string family, Tokenizer tokenizer, SequenceTemplate expected) in
                (ReadOnlySpan<(string, Tokenizer, SequenceTemplate)>)
                [
                    ("roberta", oneSeparator, new SequenceTemplate(0, 0, 0, 0, 0)),
                    // What is made in memory says nothing, so the family counts, in the saved files too.
                    ("modernbert", TextSamples.SmallBpe(), SequenceTemplate.Bert),
                    ("roberta", TextSamples.SmallBpe(), SequenceTemplate.Roberta),
                ])
            {
                EncoderFamily made = SmallModels.Family(family);
                using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(
                    made, SmallModels.Configuration(family, tokenizer.VocabularySize), CpuEngine.Shared, seed: 1))
                    EncoderCheckpoint.Save(model, tokenizer, directory);
                var saved = EncoderModel.FromDirectory(directory);
                Assert.AreEqual(expected, saved.Tokenizer.Template);
                Assert.AreEqual(made.SeparatorsOf(tokenizer), made.SeparatorsOf(saved.Tokenizer));
                Assert.AreEqual(expected, Tokenizer.FromDirectory(directory).Template);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Tokenizer Read(string json, params (string, string)[] others) => TokenizerJson.Read(json, others);

    private static string Fails(JsonNode processor)
    {
        string message = Assert.ThrowsExactly<TokenizerException>(() => Read(With(s_wordPiece, processor))).Message;
        StringAssert.Contains(message, "tokenizer.json, post_processor");
        return message;
    }

    private static string With(string json, JsonNode? processor)
    {
        JsonNode root = JsonNode.Parse(json)!;
        root["post_processor"] = processor?.DeepClone();
        return root.ToJsonString();
    }

    private static JsonObject Template(string[] single, string[] pair, params (string Name, int Id)[] specials) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray([.. single.Select(Piece)]),
        ["pair"] = new JsonArray([.. pair.Select(Piece)]),
        ["special_tokens"] = new JsonObject((specials.Length > 0 ? specials : [("[CLS]", 2), ("[SEP]", 3)])
            .Select(special => KeyValuePair.Create(special.Name, (JsonNode?)new JsonObject
            {
                ["id"] = special.Name,
                ["ids"] = new JsonArray(special.Id),
                ["tokens"] = new JsonArray(special.Name),
            }))),
    };

    private static JsonNode Piece(string piece)
    {
        string[] parts = piece.Split(':');
        return new JsonObject
        {
            [parts[0] is "A" or "B" ? "Sequence" : "SpecialToken"] = new JsonObject
            {
                ["id"] = parts[0],
                ["type_id"] = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
            },
        };
    }

    private static JsonObject Pair(string type, string cls, int clsId, string sep, int sepId) =>
        new() { ["type"] = type, ["sep"] = new JsonArray(sep, sepId), ["cls"] = new JsonArray(cls, clsId) };

    private static JsonObject Sequence(params JsonNode[] processors) =>
        new() { ["type"] = "Sequence", ["processors"] = new JsonArray([.. processors.Select(static part => part.DeepClone())]) };

    private static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true };
}
