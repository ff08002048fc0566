using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The operators of ONNX Runtime Extensions against this library's tokenizers.</summary>
[TestClass]
public sealed class OperatorTokensTests
{
    [TestMethod]
    [DataRow("""{ "do_lower_case": true }""")]
    [DataRow("""{ "do_lower_case": false }""")]
    [DataRow("""{ "do_lower_case": true, "strip_accents": false }""")]
    public void WordPiece_of_common_texts_is_the_same(string configuration)
    {
        Tokenizer tokenizer = ScoringModel.Tokenizer(configuration);
        using TaskModel model = Load();
        AssertSame(model, tokenizer, "The day was good, wasn't it?", "", "  two  spaces\tand\na line ", "[MASK] is plain text", "日本 day",
            "émile", "x+y=2 (really!)", string.Join(' ', Enumerable.Repeat("long", 60)), new string('a', 99), "a\u0001b", "½ €");
    }

    [TestMethod]
    public void Byte_level_BPE_of_common_texts_is_the_same()
    {
        using MaskedLanguageModel model = EncoderModel.Default.LoadMaskedLanguageModel(CpuEngine.Shared);
        AssertSame(model, EncoderModel.Default.Tokenizer, "The day was good, wasn't it?", "", "two words", " a space before",
            "x+y=2 (really!)", "Café 日本 \U0001F600", string.Join(' ', Enumerable.Repeat("long", 300)), "it's we'll I'd", "a\nb\n\nc");
    }

    /// <summary>BERT's pairs have types and one separator, RoBERTa's no types and two.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Pairs_are_the_same_at_every_balance_of_lengths(bool isBert)
    {
        const int MaxLength = 12;
        EncoderModel source = isBert ? ScoringModel.Model : EncoderModel.Default;
        using MaskedLanguageModel model = source.LoadMaskedLanguageModel(CpuEngine.Shared);
        using var operators = new OperatorTokens(model, source.Tokenizer, MaxLength, pairs: true);
        for (int first = 0; first < MaxLength; first++)
        {
            for (int second = 0; second < MaxLength; second++)
            {
                var sequences = new TextSequences(source.Tokenizer, model.Family, model.Configuration, MaxLength);
                sequences.Add(Words(first), Words(second));
                (long[] ids, long[] types) = operators.Encode(Words(first), Words(second));
                CollectionAssert.AreEqual(Longs(sequences.Sequences.Tokens), ids, $"{first} and {second} words");
                CollectionAssert.AreEqual(sequences.Types.IsEmpty ? new long[ids.Length] : Longs(sequences.Types), types);
            }
        }

        static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => (char)('a' + i)));
    }

    /// <summary>What the page about these files names as a difference: letters with two marks, and letters of other scripts with one.
    /// </summary>
    [TestMethod]
    [DataRow("\u1e09", 'c')]
    [DataRow("\u212b", 'a')]
    public void Accents_beyond_Latin_1_are_not_stripped_by_the_operators(string text, char letter)
    {
        Tokenizer tokenizer = ScoringModel.Tokenizer();
        using TaskModel model = Load();
        using var operators = new OperatorTokens(model, tokenizer, model.Configuration.MaxLength);
        CollectionAssert.AreEqual(
            new long[] { tokenizer.BeginToken, tokenizer.Find($"{letter}"), tokenizer.EndToken }, Ours(model, tokenizer, text));
        CollectionAssert.AreEqual(
            new long[] { tokenizer.BeginToken, tokenizer.UnknownToken, tokenizer.EndToken }, operators.Encode(text));
    }

    [TestMethod]
    [DataRow("""{ "tokenize_chinese_chars": false }""", "tokenize_chinese_chars is false")]
    [DataRow("""{ "added_tokens_decoder": { "8": { "content": "d", "special": false } } }""", "they know no added token")]
    public void A_tokenizer_that_the_operators_do_not_follow_is_refused(string configuration, string reason)
    {
        Tokenizer tokenizer = ScoringModel.Tokenizer(configuration);
        using TaskModel model = Load();
        Assert.Contains(reason, Assert.ThrowsExactly<NotSupportedException>(
            () => new OperatorTokens(model, tokenizer, model.Configuration.MaxLength)).Message);
    }

    private static TaskModel Load() => ScoringModel.Model.LoadForTask(
        new TaskConfiguration(TaskKind.SequenceClassification, ["a", "b"]), CpuEngine.Shared, seed: 1);

    private static void AssertSame(EncoderWithHead model, Tokenizer tokenizer, params string[] texts)
    {
        using var operators = new OperatorTokens(model, tokenizer, model.Configuration.MaxLength);
        foreach (string text in texts)
            CollectionAssert.AreEqual(Ours(model, tokenizer, text), operators.Encode(text), text);
    }

    private static long[] Ours(EncoderWithHead model, Tokenizer tokenizer, string text)
    {
        var sequences = new TextSequences(tokenizer, model.Family, model.Configuration);
        sequences.Add(text);
        return Longs(sequences.Sequences.Tokens);
    }

    private static long[] Longs(ReadOnlySpan<int> numbers) => [.. numbers.ToArray().Select(number => (long)number)];
}
