using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class WindowTests
{
    [TestMethod]
    public void Every_cut_covers_every_token_and_neighbors_share_the_overlap()
    {
        int cuts = 0;
        for (int count = 0; count <= 24; count++)
        {
            for (int capacity = 1; capacity <= 9; capacity++)
            {
                for (int overlap = 0; overlap < capacity; overlap++, cuts++)
                {
                    TokenWindow[] windows = TokenWindows.Cut(count, capacity, overlap);
                    string name = $"{count} {capacity} {overlap}";
                    Assert.AreEqual(0, windows[0].Start, name);
                    Assert.AreEqual(count, windows[^1].End, name);
                    for (int i = 1; i < windows.Length; i++)
                    {
                        Assert.AreEqual(capacity, windows[i - 1].Count, name);
                        Assert.AreEqual(overlap, windows[i - 1].End - windows[i].Start, name);
                        Assert.IsTrue(windows[i].Count <= capacity && windows[i].End > windows[i - 1].End, name);
                    }
                }
            }
        }
        Assert.AreEqual(25 * 45, cuts);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TokenWindows.Cut(5, 3, 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TokenWindows.Cut(-1, 3, 0));
    }

    /// <summary>The example of BERT's run_squad.py: the word "bought" stands in two spans, with most context in the second.</summary>
    [TestMethod]
    public void Most_context_is_where_both_sides_are_long()
    {
        TokenWindow[] windows = [new(0, 8), new(3, 8), new(6, 8)];
        Assert.AreEqual(1, TokenWindows.MostContext(windows, 7));
        Assert.AreEqual(0, TokenWindows.MostContext(windows, 0));
        Assert.AreEqual(2, TokenWindows.MostContext(windows, 13));
        Assert.AreEqual(-1, TokenWindows.MostContext(windows, 14));
        // min(left, right) is 1 in both: the longer window wins.
        Assert.AreEqual(0, TokenWindows.MostContext([new(0, 5), new(2, 3)], 3));
    }

    [TestMethod]
    public void Question_windows_hold_the_context_and_answers_map_to_their_characters()
    {
        var random = new Random(1);
        int inside = 0, outside = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            // A context of one to three characters a token, with a gap now and then.
            int tokens = random.Next(1, 40), length = 0;
            int[] starts = new int[tokens], ends = new int[tokens];
            for (int i = 0; i < tokens; i++)
            {
                starts[i] = length += random.Next(2);
                ends[i] = length += random.Next(1, 4);
            }
            var options = new QuestionWindowOptions
            {
                MaxQuestionTokens = random.Next(1, 6),
                StrideOverlap = random.Next(4),
                SpecialTokensBetween = random.Next(1, 3),
                MaxTokens = 20,
            };
            int question = random.Next(0, 9);
            QuestionWindow[] windows = QuestionWindows.Cut(question, tokens, options);
            int first = random.Next(tokens), last = random.Next(first, Math.Min(tokens, first + 4));
            // Any of the first token's characters to any of the last's.
            int from = starts[first] + random.Next(ends[first] - starts[first]),
                to = Math.Max(from, starts[last] + random.Next(ends[last] - starts[last])) + 1;
            TokenSpan? answer = AnswerTokens.Find(starts, ends, from, to);
            Assert.AreEqual(new TokenSpan(first, last), answer);
            for (int w = 0; w < windows.Length; w++)
            {
                QuestionWindow window = windows[w];
                Assert.AreEqual(Math.Min(question, options.MaxQuestionTokens), window.QuestionCount);
                Assert.AreEqual(1 + window.QuestionCount + options.SpecialTokensBetween, window.ContextPosition);
                Assert.AreEqual(window.ContextPosition + window.ContextCount + 1, window.Length);
                Assert.IsTrue(window.Length == options.MaxTokens || (w == windows.Length - 1 && window.Length < options.MaxTokens));
                if (w > 0)
                    Assert.AreEqual(options.StrideOverlap, windows[w - 1].ContextStart + windows[w - 1].ContextCount - window.ContextStart);
                TokenSpan target = window.Target(answer);
                bool holds = first >= window.ContextStart && last < window.ContextStart + window.ContextCount;
                (inside, outside) = (inside + (holds ? 1 : 0), outside + (holds ? 0 : 1));
                Assert.AreEqual(
                    holds ? (starts[first], ends[last]) : (-1, -1),
                    target == default ? (-1, -1)
                        : (starts[target.First - window.ContextPosition + window.ContextStart],
                            ends[target.Last - window.ContextPosition + window.ContextStart]));
                Assert.AreEqual(default, window.Target(null));
            }
            Assert.AreEqual(tokens, windows[^1].ContextStart + windows[^1].ContextCount);
        }
        Assert.IsTrue(inside > 500 && outside > 500, $"{inside} {outside}");
    }

    [TestMethod]
    public void Characters_between_tokens_have_no_token()
    {
        int[] starts = [0, 4, 4, 8], ends = [3, 6, 6, 9]; // the middle two spell one character between them
        Assert.IsNull(AnswerTokens.Find(starts, ends, 3, 4));
        Assert.IsNull(AnswerTokens.Find(starts, ends, 9, 12));
        Assert.AreEqual(new TokenSpan(1, 2), AnswerTokens.Find(starts, ends, 3, 8));
        Assert.AreEqual(new TokenSpan(1, 2), AnswerTokens.Find(starts, ends, 5, 6));
        Assert.ThrowsExactly<ArgumentException>(() => AnswerTokens.Find(starts, ends, 3, 3));
        Assert.ThrowsExactly<ArgumentException>(() => AnswerTokens.Find(starts, [1], 3, 4));
    }

    [TestMethod]
    public void Window_options_that_leave_no_room_say_what_is_needed()
    {
        new QuestionWindowOptions { MaxTokens = 196 }.Validate();
        string message = Assert.ThrowsExactly<ArgumentException>(() => new QuestionWindowOptions { MaxTokens = 195 }.Validate()).Message;
        StringAssert.Contains(message, "MaxTokens is 195; expected at least 196");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new QuestionWindowOptions { StrideOverlap = -1 }.Validate());
    }

    [TestMethod]
    public void Word_windows_keep_words_whole_cover_all_and_overlap_as_far_as_allowed()
    {
        var random = new Random(3);
        int several = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            int capacity = random.Next(1, 12), overlap = random.Next(capacity);
            int[] counts =
                [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(8) == 0 ? random.Next(0, 16) : random.Next(1, 4))];
            int Tokens(int from, int to) => counts[from..to].Sum(count => Math.Min(count, capacity));
            WordWindow[] windows = WordWindows.Cut(counts, capacity, overlap);
            Assert.AreEqual(0, windows[0].FirstWord);
            Assert.AreEqual(counts.Length, windows[^1].FirstWord + windows[^1].WordCount);
            for (int i = 0; i < windows.Length; i++)
            {
                int start = windows[i].FirstWord, end = start + windows[i].WordCount;
                Assert.AreEqual(Tokens(start, end), windows[i].TokenCount);
                Assert.IsTrue(windows[i].TokenCount <= capacity);
                if (i == windows.Length - 1)
                    continue;
                several++;
                Assert.IsTrue(Tokens(start, end + 1) > capacity, "a window takes as many words as fit");
                int next = windows[i + 1].FirstWord;
                Assert.IsTrue(next <= end && next > start && Tokens(next, end) <= overlap && Tokens(next, end + 1) <= capacity);
                Assert.IsTrue(Tokens(next - 1, end) > overlap || Tokens(next - 1, end + 1) > capacity,
                    "the overlap is as great as allowed");
            }
            int[] owners = WordWindows.MostContext(windows, counts);
            for (int word = 0; word < counts.Length; word++)
            {
                double Context(WordWindow window) => word < window.FirstWord || word >= window.FirstWord + window.WordCount
                    ? -1
                    : Math.Min(Tokens(window.FirstWord, word), Tokens(word + 1, window.FirstWord + window.WordCount)) + 0.01 *
                        window.TokenCount;
                Assert.AreEqual(Array.IndexOf(windows, windows.MaxBy(Context)), owners[word]);
            }
        }
        Assert.IsTrue(several > 1000, $"{several}");
        Assert.ThrowsExactly<ArgumentException>(() => WordWindows.MostContext([new WordWindow(0, 1, 1)], [1, 1]));
        Assert.ThrowsExactly<ArgumentException>(() => WordWindows.MostContext([new WordWindow(0, 3, 3)], [1, 1]));
    }
}
