using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class SpanDecoderTests
{
    /// <summary>All pairs of all windows by the definitions, on contexts with repeated words.</summary>
    [TestMethod]
    public void N_best_lists_are_those_of_brute_force()
    {
        var random = new Random(1);
        int withNone = 0, merged = 0, several = 0;
        for (int trial = 0; trial < 1000; trial++)
        {
            string[] words = [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => $"w{random.Next(6)}")];
            string context = string.Join(' ', words);
            int[] starts = [.. words.Select((_, i) => 3 * i)], ends = [.. starts.Select(start => start + 2)];
            var cut = new QuestionWindowOptions { MaxTokens = 14, StrideOverlap = random.Next(5), MaxQuestionTokens = 3 };
            var options = new SpanDecoderOptions
            {
                NBest = random.Next(1, 6),
                MaxAnswerTokens = random.Next(1, 5),
                AllowNoAnswer = random.Next(2) == 0,
                NoAnswerThreshold = random.Next(-2, 2),
            };
            QuestionWindow[] windows = QuestionWindows.Cut(3, words.Length, cut);
            float[][] logits =
                [.. windows.Select(window => Enumerable.Range(0, 2 * window.Length)
                    .Select(_ => (float)(4 * random.NextDouble())).ToArray())];
            var decoder = new SpanDecoder(options);
            for (int i = 0; i < windows.Length; i++)
                decoder.Add(windows[i], logits[i]);
            AnswerList actual = decoder.Decode(context, starts, ends);

            var expected = new List<(string Text, int Start, double Score)>();
            foreach ((QuestionWindow window, float[] scores) in windows.Zip(logits))
            {
                int[] Top(int side) =>
                    [.. Enumerable.Range(window.ContextPosition, window.ContextCount).OrderByDescending(i => scores[2 * i + side])
                        .Take(options.NBest)];
                foreach (int start in Top(0))
                {
                    foreach (int end in Top(1).Where(end => end >= start && end < start + options.MaxAnswerTokens))
                    {
                        int first = starts[start - window.ContextPosition + window.ContextStart],
                            last = ends[end - window.ContextPosition + window.ContextStart];
                        expected.Add((context[first..last], first, (double)scores[2 * start] + scores[2 * end + 1]));
                    }
                }
            }
            int all = expected.Count;
            expected = [.. expected.OrderByDescending(candidate => candidate.Score).DistinctBy(candidate => candidate.Text)];
            merged += all - expected.Count;
            expected = [.. expected.Take(options.NBest)];
            double none = logits.Min(scores => (double)scores[0] + scores[1]),
                margin = expected.Count == 0 ? double.PositiveInfinity : none - expected[0].Score;
            bool predictsNone = options.AllowNoAnswer && margin > options.NoAnswerThreshold;
            string text = predictsNone || expected.Count == 0 ? "" : expected[0].Text;
            if (options.AllowNoAnswer)
                expected = [.. expected.Append((Text: "", Start: -1, Score: none)).OrderByDescending(candidate => candidate.Score)];
            double sum = expected.Sum(candidate => Math.Exp(candidate.Score));

            Assert.AreEqual(none, actual.NoAnswerScore);
            Assert.AreEqual(margin, actual.NoAnswerMargin);
            Assert.AreEqual(text, actual.Text);
            Assert.AreEqual(expected.Count, actual.Candidates.Count);
            for (int i = 0; i < expected.Count; i++)
            {
                AnswerCandidate candidate = actual.Candidates[i];
                Assert.AreEqual(expected[i], (candidate.Text, candidate.Start, candidate.Score));
                Assert.AreEqual(Math.Exp(candidate.Score) / sum, candidate.Probability, 1e-12);
                if (!candidate.IsNoAnswer)
                    Assert.AreEqual(candidate.Text, context[candidate.Start..candidate.End]);
            }
            Assert.AreEqual(options.AllowNoAnswer ? Math.Exp(none) / sum : 0, actual.NoAnswerProbability, 1e-12);
            withNone += predictsNone ? 1 : 0;
            several += windows.Length > 1 ? 1 : 0;
        }
        Assert.IsTrue(withNone > 20 && merged > 500 && several > 300, $"{withNone} {merged} {several}");
    }

    [TestMethod]
    public void Answers_are_characters_of_the_context_without_the_white_space_that_a_tokenizer_counts_in()
    {
        const string Context = "In  Paris,\n";
        int[] starts = [0, 3, 9, 10], ends = [2, 9, 10, 11];
        QuestionWindow window = QuestionWindows.Cut(1, 4, new QuestionWindowOptions())[0];
        var logits = new float[2 * window.Length];
        logits[2 * (window.ContextPosition + 1)] = 5;
        logits[2 * (window.ContextPosition + 1) + 1] = 5;
        logits[2 * (window.ContextPosition + 3)] = 9;
        logits[2 * (window.ContextPosition + 3) + 1] = 9; // the line's end alone: no answer at all
        var decoder = new SpanDecoder(new SpanDecoderOptions());
        decoder.Add(window, logits);
        AnswerList list = decoder.Decode(Context, starts, ends);
        Assert.AreEqual(("Paris,", 4), (list.Answer!.Text, list.Answer.Start));
        Assert.IsFalse(list.Candidates.Any(candidate => candidate.Text.Length == 0));
        Assert.AreEqual(0, list.NoAnswerProbability);
    }

    [TestMethod]
    public void The_threshold_decides_and_a_decoder_starts_afresh()
    {
        QuestionWindow window = QuestionWindows.Cut(1, 1, new QuestionWindowOptions())[0];
        var logits = new float[2 * window.Length];
        (logits[0], logits[2 * window.ContextPosition]) = (3, 2);
        foreach ((double threshold, string expected) in new[] { (0.9, ""), (1.0, "x"), (2.0, "x") })
        {
            var decoder = new SpanDecoder(new SpanDecoderOptions { AllowNoAnswer = true, NoAnswerThreshold = threshold });
            decoder.Add(window, logits);
            Assert.AreEqual(expected, decoder.Decode("x", [0], [1]).Text);
            Assert.ThrowsExactly<InvalidOperationException>(() => decoder.Decode("x", [0], [1]));
        }
        // Without a context there is nothing to find.
        QuestionWindow empty = QuestionWindows.Cut(1, 0, new QuestionWindowOptions())[0];
        var nothing = new SpanDecoder(new SpanDecoderOptions());
        nothing.Add(empty, new float[2 * empty.Length]);
        AnswerList list = nothing.Decode("", [], []);
        Assert.AreEqual(("", null, 0), (list.Text, list.Answer, list.Candidates.Count));
    }

    [TestMethod]
    public void Bad_logits_and_options_are_refused()
    {
        QuestionWindow window = QuestionWindows.Cut(1, 1, new QuestionWindowOptions())[0];
        var decoder = new SpanDecoder(new SpanDecoderOptions());
        Assert.ThrowsExactly<ArgumentException>(() => decoder.Add(window, [1, 2]));
        var logits = new float[2 * window.Length];
        logits[3] = float.NaN;
        StringAssert.Contains(Assert.ThrowsExactly<ArithmeticException>(() => decoder.Add(window, logits)).Message, "Logit 3 is NaN");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SpanDecoder(new SpanDecoderOptions { NBest = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SpanDecoder(new SpanDecoderOptions { NoAnswerThreshold = double.NaN }));
    }
}
