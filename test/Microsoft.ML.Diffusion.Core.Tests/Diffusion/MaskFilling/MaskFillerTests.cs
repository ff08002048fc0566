using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Which masks are read, how they are ranked, and the text that they are filled with.</summary>
[TestClass]
public sealed class MaskFillerTests
{
    private static readonly string[] s_words =
    [
        "the", "cat", "dog", "sat", "on", "mat", "##s", "##ing", ".", ",", "(", ")", "a", "cats", "##q", "un", "able",
        "d\u00E9j\u00E0", "\u56FD",
    ];

    private static readonly Tokenizer s_wordPiece = Tokenizer.FromFiles(new TokenizerFiles([new("vocab.txt",
        Encoding.UTF8.GetBytes(string.Join('\n', (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. s_words])))]));

    private static Tokenizer Bpe => EncoderModel.Default.Tokenizer;

    [TestMethod]
    public void Probabilities_are_the_softmax_of_all_logits_and_equal_ones_are_in_the_order_of_their_ids()
    {
        var denoiser = new GivenLogits(s_wordPiece, id => id switch
        {
            6 or 7 or 20 => 2.5f,
            12 => 3,
            9 => float.NegativeInfinity,
            _ => 1,
        });
        double sum = 3 * Math.Exp(2.5) + Math.Exp(3) + (s_wordPiece.VocabularySize - 5) * Math.E;
        FilledMask mask = Fill(denoiser, s_wordPiece, new() { TopK = 5 }, "the [MASK]")[0].Masks[0];

        CollectionAssert.AreEqual(new[] { 12, 6, 7, 20, 0 }, mask.Candidates.Select(candidate => candidate.TokenId).ToArray());
        CollectionAssert.AreEqual(
            new[] { "##ing", "cat", "dog", "un", "[PAD]" }, mask.Candidates.Select(candidate => candidate.Text).ToArray());
        double[] expected = [Math.Exp(3), Math.Exp(2.5), Math.Exp(2.5), Math.Exp(2.5), Math.E];
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i] / sum, mask.Candidates[i].Probability, 1e-7);
        FilledMask all = Fill(denoiser, s_wordPiece, new() { TopK = s_wordPiece.VocabularySize }, "[MASK]")[0].Masks[0];
        Assert.AreEqual((9, 0.0), (all.Candidates[^1].TokenId, all.Candidates[^1].Probability));
        Assert.AreEqual(1, all.Candidates.Sum(candidate => candidate.Probability), 1e-7);
    }

    [TestMethod]
    public void Ids_without_a_token_take_probability_and_are_no_candidates()
    {
        var padded = new GivenLogits(s_wordPiece, id => id == s_wordPiece.VocabularySize + 1 ? 5 : 0, padding: 3);
        FilledMask mask = Fill(padded, s_wordPiece, new() { TopK = s_wordPiece.VocabularySize }, "[MASK]")[0].Masks[0];
        Assert.AreEqual(1 / (Math.Exp(5) + s_wordPiece.VocabularySize + 2), mask.Candidates[0].Probability, 1e-9);
        Assert.AreEqual(s_wordPiece.VocabularySize - 1, mask.Candidates[^1].TokenId);
    }

    [TestMethod]
    public void One_run_reads_the_rows_of_the_masks_alone_and_texts_without_any_cost_nothing()
    {
        var counting = new CountingDenoiser(new FakeDenoiser(s_wordPiece.VocabularySize, s_wordPiece.MaskToken));
        string[] texts = ["the [MASK] sat on the [MASK].", "the cat", "", "[MASK][MASK][MASK]", "un[MASK]able"];
        IReadOnlyList<FilledText> filled = Fill(counting, s_wordPiece, new(), texts);
        CollectionAssert.AreEqual(new[] { 6 }, counting.Rows);
        CollectionAssert.AreEqual(new[] { 2, 0, 0, 3, 1 }, filled.Select(text => text.Masks.Count).ToArray());
        Assert.AreEqual(("the cat", ""), (filled[1].Text, filled[2].Text));
        CollectionAssert.AreEqual(new[] { (4, 6), (22, 6) }, filled[0].Masks.Select(mask => (mask.Start, mask.Length)).ToArray());

        // A smaller budget is more runs, and the same result.
        counting.Rows.Clear();
        IReadOnlyList<FilledText> apart = Fill(counting, s_wordPiece, new() { TokenBudget = 1 }, texts);
        CollectionAssert.AreEqual(new[] { 2, 3, 1 }, counting.Rows);
        for (int i = 0; i < texts.Length; i++)
            CollectionAssert.AreEqual(Candidates(filled[i]), Candidates(apart[i]));
        Fill(counting, s_wordPiece, new(), "the cat", "");
        Assert.HasCount(3, counting.Rows);
    }

    [TestMethod]
    public void The_model_reads_opening_text_closing_and_other_names_are_text()
    {
        var seen = new SeenTokens(s_wordPiece);
        Fill(seen, s_wordPiece, new(), "the [MASK] [SEP]");
        CollectionAssert.AreEqual(Ids(s_wordPiece, "[CLS] the [MASK] [UNK] [UNK] [UNK] [SEP]"), seen.Last);

        seen = new SeenTokens(Bpe);
        Fill(seen, Bpe, new(), " the <mask> night</s>");
        TokenList before = new(), after = new();
        Bpe.Encode(" the", before);
        Bpe.Encode(" night</s>", after);
        CollectionAssert.AreEqual(
            (int[])[Bpe.BeginToken, .. before.Ids, Bpe.MaskToken, .. after.Ids, Bpe.EndToken], seen.Last,
            "the mask takes the space before it");
        CollectionAssert.DoesNotContain(after.Ids.ToArray(), Bpe.EndToken);
    }

    [TestMethod]
    public void A_text_that_is_too_long_loses_its_end_with_the_masks_in_it()
    {
        var seen = new SeenTokens(s_wordPiece);
        FilledText text = Fill(seen, s_wordPiece, new() { MaxLength = 6, TopK = 2 }, "the [MASK] sat on [MASK] the [MASK]")[0];
        Assert.HasCount(6, seen.Last);
        Assert.AreEqual((1, 2, true), (text.Masks.Count, text.CutMasks, text.IsCut));
        StringAssert.EndsWith(text.Text, " sat on [MASK] the [MASK]");
        FilledText fits = Fill(seen, s_wordPiece, new() { MaxLength = 6, TopK = 2 }, "the [MASK] sat on")[0];
        Assert.AreEqual((1, 0, false), (fits.Masks.Count, fits.CutMasks, fits.IsCut));
    }

    [TestMethod]
    [DataRow("cat", "the [MASK] sat", "the cat sat")]
    [DataRow("cat", "the\n[MASK]  sat", "the\ncat  sat")]
    [DataRow("cat", "([MASK])", "(cat)")]
    [DataRow("cat", "[MASK]", "cat")]
    [DataRow("cat", "[MASK][MASK]", "cat cat")]
    [DataRow("cat", "un[MASK]able", "un cat able")]
    [DataRow("cat", "\u56FD[MASK]\u56FD", "\u56FDcat\u56FD")]
    [DataRow("##s", "the cat [MASK] sat", "the cats sat")]
    [DataRow("##s", "cat[MASK]able", "cats able")]
    [DataRow(".", "the cat [MASK]", "the cat.")]
    [DataRow("[SEP]", "the cat [MASK]", "the cat [SEP]")]
    public void A_word_piece_stands_in_the_text_as_the_model_reads_it(string token, string text, string expected) =>
        Assert.AreEqual(expected, Fill(Loving(s_wordPiece, token), s_wordPiece, new(), text)[0].Text);

    [TestMethod]
    [DataRow("\u0120door", "the <mask>.", "the door.")]
    [DataRow("\u0120door", "the\n<mask>.", "the\ndoor.")]
    [DataRow("\u0120door", "the<mask>s", "the doors")]
    [DataRow("\u0120door", "<mask> and", "door and")]
    [DataRow("\u0120door", "(<mask>)", "( door)")]
    [DataRow("\u0120door", "<mask><mask>", "door door")]
    [DataRow("ing", "he walk <mask>.", "he walking.")]
    [DataRow(",", "the door <mask> and", "the door, and")]
    public void A_byte_level_token_stands_in_the_text_as_the_model_reads_it(string token, string text, string expected) =>
        Assert.AreEqual(expected, Fill(Loving(Bpe, token), Bpe, new(), text)[0].Text);

    [TestMethod]
    public void Targets_are_ranked_alone_with_the_probabilities_of_the_whole_vocabulary()
    {
        FakeDenoiser denoiser = new(s_wordPiece.VocabularySize, s_wordPiece.MaskToken);
        IReadOnlyList<MaskCandidate> all =
            Fill(denoiser, s_wordPiece, new() { TopK = s_wordPiece.VocabularySize }, "the [MASK]")[0].Masks[0].Candidates;
        string[] targets = ["Dog", "mat", "##s", "[UNK]", "cat"];
        IReadOnlyList<MaskCandidate> ranked =
            Fill(denoiser, s_wordPiece, new() { Targets = targets, TopK = 20 }, "the [MASK]")[0].Masks[0].Candidates;
        CollectionAssert.AreEqual(
            all.Where(candidate => candidate.Text is "dog" or "mat" or "##s" or "[UNK]" or "cat").ToArray(), ranked.ToArray());
        CollectionAssert.AreEqual(ranked.Take(2).ToArray(),
            Fill(denoiser, s_wordPiece, new() { Targets = targets, TopK = 2 }, "the [MASK]")[0].Masks[0].Candidates.ToArray());
    }

    [TestMethod]
    public void A_target_is_a_word_as_it_stands_after_a_space()
    {
        FakeDenoiser denoiser = new(Bpe.VocabularySize, Bpe.MaskToken);
        foreach (string target in (string[])["door", " door", "\u0120door"])
            Assert.AreEqual(" door", Fill(denoiser, Bpe, new() { Targets = [target] }, "the <mask>")[0].Masks[0].Candidates[0].Text);
        // A token that text has only where no space is before it.
        string bare = Enumerable.Range(0, Bpe.VocabularySize).Where(id => !Bpe.IsSpecial(id)).Select(id => Bpe.Decode([id]))
            .First(text => text.All(char.IsAsciiLetter) && Count(text) == 1 && Count(" " + text) > 1);
        StringAssert.Contains(Refused(Bpe, new() { Targets = [bare] }), $"'{bare}', which is {Count(" " + bare)} tokens: '\u0120");

        static int Count(string text)
        {
            TokenList tokens = new();
            Bpe.Encode(text, tokens);
            return tokens.Count;
        }
    }

    [TestMethod]
    public void Settings_that_make_no_sense_are_refused_by_name()
    {
        StringAssert.Contains(Refused(s_wordPiece, new() { TopK = 0 }), "TopK is 0. Give the number of candidates for a mask, 1 to 24");
        StringAssert.Contains(Refused(s_wordPiece, new() { TopK = 25 }), "TopK is 25");
        StringAssert.Contains(Refused(s_wordPiece, new() { MaxLength = 2 }), "MaxLength is 2");
        StringAssert.Contains(Refused(s_wordPiece, new() { TokenBudget = 0 }), "TokenBudget is 0");
        StringAssert.Contains(Refused(s_wordPiece, new() { Targets = [] }), "Targets is empty");
        StringAssert.Contains(Refused(s_wordPiece, new() { Targets = ["cat", " "] }), "blank");
        StringAssert.Contains(
            Refused(s_wordPiece, new() { Targets = ["cat", "Cat"] }), "'cat' and 'Cat', which are the same token 'cat'");
        StringAssert.Contains(
            Refused(s_wordPiece, new() { Targets = ["mats"] }), "'mats', which is 2 tokens: 'mat', '##s'. Give words of one");
        StringAssert.Contains(
            Refused(s_wordPiece, new() { Targets = ["zebra"] }), "'zebra', which is not in the vocabulary: it becomes '[UNK]'");
        var other = new FakeDenoiser(s_wordPiece.VocabularySize - 1, s_wordPiece.MaskToken);
        StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => new MaskFiller(other, s_wordPiece, new())).Message, "Use the tokenizer that");
    }

    [TestMethod]
    public void Logits_that_are_no_numbers_are_an_error()
    {
        FakeDenoiser denoiser = new(s_wordPiece.VocabularySize, s_wordPiece.MaskToken) { NanAtCall = 1 };
        StringAssert.Contains(Assert.Throws<ArithmeticException>(() => Fill(denoiser, s_wordPiece, new(), "[MASK]")).Message, "NaN");
    }

    [TestMethod]
    public void A_lone_surrogate_is_counted_and_stays()
    {
        FilledText text = Fill(Loving(Bpe, "\u0120door"), Bpe, new(), "a\ud800 <mask>")[0];
        Assert.AreEqual((1, "a\ud800 door"), (text.LoneSurrogates, text.Text));
    }

    [TestMethod]
    public void Cancellation_ends_it()
    {
        var filler = new MaskFiller(new FakeDenoiser(s_wordPiece.VocabularySize, s_wordPiece.MaskToken), s_wordPiece, new());
        Assert.Throws<OperationCanceledException>(() => filler.Fill(["[MASK]"], new CancellationToken(canceled: true)));
    }

    private static IReadOnlyList<FilledText> Fill(
        IDenoiser denoiser, Tokenizer tokenizer, MaskFillingSettings settings, params string[] texts) =>
        new MaskFiller(denoiser, tokenizer, settings).Fill(texts);

    private static string Refused(Tokenizer tokenizer, MaskFillingSettings settings) =>
        Assert.Throws<ArgumentException>(() => settings.Validate(tokenizer)).Message;

    private static MaskCandidate[] Candidates(FilledText text) => [.. text.Masks.SelectMany(mask => mask.Candidates)];

    private static FakeDenoiser Loving(Tokenizer tokenizer, string token)
    {
        int id = tokenizer.Find(token);
        Assert.IsGreaterThanOrEqualTo(0, id, token);
        return new FakeDenoiser(tokenizer.VocabularySize, tokenizer.MaskToken, id);
    }

    private static int[] Ids(Tokenizer tokenizer, string spellings) => [.. spellings.Split(' ').Select(tokenizer.Find)];

    /// <summary>The same logits for every mask.</summary>
    private sealed class GivenLogits(Tokenizer tokenizer, Func<int, float> logit, int padding = 0) : IDenoiser
    {
        public int VocabularySize => tokenizer.VocabularySize + padding;

        public int MaskToken => tokenizer.MaskToken;

        public void Predict(
            RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < rows.Length; i++)
                consumer(i, Enumerable.Range(0, VocabularySize).Select(logit).ToArray());
        }
    }

    /// <summary>Keeps the last batch.</summary>
    private sealed class SeenTokens(Tokenizer tokenizer) : IDenoiser
    {
        private readonly FakeDenoiser _inner = new(tokenizer.VocabularySize, tokenizer.MaskToken);

        public int[] Last { get; private set; } = [];

        public int VocabularySize => _inner.VocabularySize;

        public int MaskToken => _inner.MaskToken;

        public void Predict(
            RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
        {
            Last = batch.Tokens.ToArray();
            _inner.Predict(batch, rows, consumer, cancellationToken);
        }
    }
}
