using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Objective;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Tests.Training;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class MaskedTextsTests
{
    private static readonly FakeTokenizer s_tokenizer = new();

    [TestMethod]
    public void A_text_is_opened_closed_and_stands_after_its_prompt()
    {
        var texts = new MaskedTexts(s_tokenizer, 12);
        texts.Add("ab ", "cde");
        texts.Add("", "x");
        texts.Add("only a prompt", "");
        texts.Add("\ud800", "a\udc00");
        CollectionAssert.AreEqual(new[] { "ab |cde", "|x", "?|a?" }, Show(texts));
        CollectionAssert.AreEqual(new[] { 4, 1, 2 }, texts.Leading.ToArray());
        Assert.AreEqual((0, 0, 2L), (texts.TruncatedPrompts, texts.SplitTexts, texts.LoneSurrogates));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MaskedTexts(s_tokenizer, 2));
    }

    [TestMethod]
    public void A_long_text_is_cut_and_a_long_prompt_keeps_its_end()
    {
        var texts = new MaskedTexts(s_tokenizer, 10); // room for 8
        texts.Add("ab", "0123456789abcdef");
        CollectionAssert.AreEqual(new[] { "ab|012345", "ab|6789ab", "ab|cdef" }, Show(texts));
        Assert.AreEqual((0, 1), (texts.TruncatedPrompts, texts.SplitTexts));
        texts.Add("a long prompt", "0123456");
        CollectionAssert.AreEqual(new[] { "ompt|0123", "ompt|456" }, Show(texts)[3..]);
        texts.Add("1234", "5678");
        Assert.AreEqual("1234|5678", Show(texts)[^1]);
        texts.Add("far too long", "");
        Assert.AreEqual((1, 2, 6), (texts.TruncatedPrompts, texts.SplitTexts, texts.Sequences.Count));
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(7)]
    [DataRow(64)]
    public void A_running_text_has_each_token_in_one_sequence(int length)
    {
        var random = new Random(length);
        string[] pieces = [.. Enumerable.Range(0, 60).Select(_ => random.GetString("abcdefgh ", random.Next(0, 50)))];
        var texts = new MaskedTexts(s_tokenizer, length);
        texts.AddRunning(pieces);
        Assert.AreEqual(string.Concat(pieces), string.Concat(Show(texts).Select(text => text[1..])));
        for (int i = 0; i < texts.Sequences.Count; i++)
        {
            Assert.AreEqual(1, texts.Leading[i]);
            Assert.IsTrue(texts.Sequences[i].Length == length || i == texts.Sequences.Count - 1);
        }
        var none = new MaskedTexts(s_tokenizer, length);
        none.AddRunning(["", ""]);
        Assert.AreEqual(0, none.Sequences.Count);
    }

    [TestMethod]
    public void A_document_has_its_end_in_its_last_sequence_only()
    {
        var texts = new MaskedTexts(s_tokenizer, 10); // room for 9 and no end, or 8 and one
        foreach (string document in (string[])["abc", "01234567", "012345678", "one\ntwo\nabcd", "0123456789\nabcdefghi", ""])
            texts.AddDocument(document);
        texts.AddDocument("abc", ends: 4);
        texts.AddDocument("abcdef", ends: 100);
        CollectionAssert.AreEqual(
            new[] { "abc.", "01234567.", "01234567", "8.", "one/two/", "abcd.", "012345678", "9/abcdefg", "hi.", "abc....", "abcdef..." },
            Enumerable.Range(0, texts.Sequences.Count)
                .Select(i => string.Concat(texts.Sequences[i].ToArray()[1..].Select(Show))).ToArray());
        Assert.IsTrue(texts.Leading.ToArray().All(leading => leading == 1));
        Assert.AreEqual(3, texts.SplitTexts);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => texts.AddDocument("a", 0));

        static string Show(int id) => id switch { FakeTokenizer.End => ".", FakeTokenizer.Unknown => "/", _ => s_tokenizer.Decode([id]) };
    }

    [TestMethod]
    public void Ends_are_learned_where_that_is_asked_for()
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        var all = new MaskingOptions { MinTime = .9999, MaxTime = 1, Weighting = LossWeighting.Uniform };
        Assert.AreEqual(7, Learned(new MaskedTexts(s_tokenizer, 24)));
        Assert.AreEqual(10, Learned(new MaskedTexts(s_tokenizer, 24) { LearnEnd = true }));

        double Learned(MaskedTexts texts)
        {
            texts.AddDocument("written", ends: 3);
            using Pass pass = Pass.ForTraining(engine);
            pass.Begin();
            return new MaskedDiffusionTask(model, s_tokenizer, texts, all).Forward(pass, [0], 0).Weight;
        }
    }

    [TestMethod]
    public void Prompts_and_special_tokens_are_never_masked()
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("modernbert", engine);
        var texts = new MaskedTexts(s_tokenizer, 24);
        for (int i = 0; i < 20; i++)
            texts.Add("prompts", "written");
        var task = new MaskedDiffusionTask(model, s_tokenizer, texts,
            new MaskingOptions { MinTime = .9999, MaxTime = 1, Weighting = LossWeighting.Uniform });
        Assert.AreEqual(20, task.Count);
        Assert.AreEqual(16, task.Length(0));
        using Pass pass = Pass.ForTraining(engine, withDropout: false);
        var objective = new MaskingObjective(new MaskingOptions { MinTime = .9999, MaxTime = 1 }, s_tokenizer.MaskToken,
            s_tokenizer.IsSpecial);
        var masked = new HashSet<int>();
        for (int step = 0; step < 50; step++)
        {
            objective.Corrupt(texts.Sequences, texts.Leading, [], step);
            for (int i = 0; i < texts.Sequences.Count; i++)
            {
                Assert.IsTrue(objective.Corrupted[i][..8].SequenceEqual(texts.Sequences[i][..8]));
                Assert.AreEqual(FakeTokenizer.End, objective.Corrupted[i][^1]);
            }
            foreach (int row in objective.Rows)
                masked.Add(row % 16);
        }
        CollectionAssert.AreEquivalent(Enumerable.Range(8, 7).ToArray(), masked.ToArray());

        // The task itself: every letter of the text is masked, and still the loss depends on the prompt, so no mask stood over that.
        pass.Begin();
        BatchLoss loss = task.Forward(pass, [0, 1, 2], 1).Read(pass);
        var others = new MaskedTexts(s_tokenizer, 24);
        for (int i = 0; i < 20; i++)
            others.Add("another", "written");
        pass.Begin();
        var otherTask = new MaskedDiffusionTask(model, s_tokenizer, others,
            new MaskingOptions { MinTime = .9999, MaxTime = 1, Weighting = LossWeighting.Uniform });
        BatchLoss other = otherTask.Forward(pass, [0, 1, 2], 1).Read(pass);
        Assert.AreEqual(3 * 7, loss.Weight);
        Assert.AreNotEqual(loss, other);
    }

    [TestMethod]
    public void A_batch_with_nothing_masked_is_nothing_to_learn_from()
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("bert", engine);
        var texts = new MaskedTexts(s_tokenizer, 24);
        texts.Add("a", "b");
        var task = new MaskedDiffusionTask(model, s_tokenizer, texts, new MaskingOptions { MinTime = 0, MaxTime = 1e-9 });
        using Pass pass = Pass.ForTraining(engine);
        pass.Begin();
        Assert.AreEqual(0, task.Forward(pass, [0], 0).Weight);
        Assert.IsNull(task.Evaluate(default));
    }

    private static string[] Show(MaskedTexts texts) => [.. Enumerable.Range(0, texts.Sequences.Count).Select(i =>
    {
        int[] ids = texts.Sequences[i].ToArray();
        Assert.AreEqual(FakeTokenizer.Begin, ids[0]);
        Assert.AreEqual(FakeTokenizer.End, ids[^1]);
        string[] letters = Array.ConvertAll(ids[1..^1], id => id == FakeTokenizer.Unknown ? "?" : s_tokenizer.Decode([id]));
        return string.Concat(letters[..(texts.Leading[i] - 1)]) + "|" + string.Concat(letters[(texts.Leading[i] - 1)..]);
    })];
}
