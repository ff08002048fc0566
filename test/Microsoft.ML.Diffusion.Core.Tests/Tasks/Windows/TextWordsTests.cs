using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class TextWordsTests
{
    [TestMethod]
    public void Words_of_raw_text_part_at_white_space_and_punctuation()
    {
        // run|ning (don|'|t) 東|京
        const string Text = "running  (don't) 東京";
        TokenList tokens = Tokens((0, 3), (3, 7), (9, 10), (10, 13), (13, 14), (14, 15), (15, 16), (17, 18), (18, 19));
        TextWord[] words = TextWords.Find(Text, tokens);
        CollectionAssert.AreEqual(new[] { "running", "(", "don", "'", "t", ")", "東", "京" },
            words.Select(word => Text[word.Start..word.End]).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 2, 3, 4, 5, 6, 7, 8 }, words.Select(word => word.FirstToken).ToArray());
        Assert.AreEqual(2, words[0].TokenCount);
    }

    [TestMethod]
    public void Tokens_that_hold_spaces_share_a_character_or_skip_dropped_ones()
    {
        // Byte-level tokens with the space before them, one of whitespace alone, two that spell one
        // character, and a dropped zero-width space.
        const string Text = "a  bé c\u200Bd ...";
        TokenList tokens = Tokens((0, 1), (1, 2), (2, 4), (4, 5), (4, 5), (5, 7), (8, 9), (9, 13));
        TextWord[] words = TextWords.Find(Text, tokens);
        CollectionAssert.AreEqual(new[] { "a", "bé", "c\u200Bd", "..." }, words.Select(word => Text[word.Start..word.End]).ToArray());
        CollectionAssert.AreEqual(new[] { (0, 1), (2, 3), (5, 2), (7, 1) },
            words.Select(word => (word.FirstToken, word.TokenCount)).ToArray());
    }

    [TestMethod]
    public void Given_words_find_their_first_tokens()
    {
        const string Text = "do n't \u200B run.";
        TokenList tokens = Tokens((0, 2), (2, 5), (5, 6), (8, 12), (12, 13));
        TextWord[] words = TextWords.Align(Text, tokens, [0, 3, 7, 9], [2, 6, 8, 13]);
        CollectionAssert.AreEqual(new TextWord[] { new(0, 2, 0, 1), new(3, 6, 1, 2), new(7, 8, -1, 0), new(9, 13, 3, 2) }, words);
        Assert.ThrowsExactly<ArgumentException>(() => TextWords.Align(Text, tokens, [3, 0], [6, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => TextWords.Align(Text, tokens, [0], [99]));
        Assert.ThrowsExactly<ArgumentException>(() => TextWords.Align(Text, tokens, [0], []));
    }

    /// <summary>Real tokenizers on real tagged sentences: every word has a first token of its own, in order, that
    /// starts where the word starts.</summary>
    [TestMethod]
    [DataRow("bert-base-cased", "conll2003/eng.testa")]
    [DataRow("roberta-base", "wnut17/emerging.dev.conll")]
    public void Words_of_real_sentences_have_first_tokens(string model, string file)
    {
        Tokenizer tokenizer = Tokenizer.FromDirectory(SharedData.Data($"tokenizers/{model}"));
        var tokens = new TokenList();
        int words = 0, missing = 0;
        foreach (TaggedSentence sentence in ConllReader.Read(SharedData.Data(file)).Sentences.Take(500))
        {
            string text = string.Join(' ', sentence.Words);
            int[] ends = [.. sentence.Words.Select((word, i) => sentence.Words.Take(i + 1).Sum(w => w.Length + 1) - 1)];
            int[] starts = [.. ends.Select((end, i) => end - sentence.Words[i].Length)];
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            int previous = -1, total = 0;
            foreach (TextWord word in TextWords.Align(text, tokens, starts, ends))
            {
                words++;
                if (word.FirstToken < 0)
                {
                    missing++;
                    continue;
                }
                Assert.IsTrue(word.FirstToken > previous, text);
                int start = tokens.Starts[word.FirstToken];
                while (char.IsWhiteSpace(text[start]))
                    start++;
                Assert.AreEqual(word.Start, start, text);
                previous = word.FirstToken;
                total += word.TokenCount;
            }
            // A byte-level tokenizer may give a space a token of its own; it belongs to no word.
            int spelling = Enumerable.Range(0, tokens.Count).Count(i => !string.IsNullOrWhiteSpace(text[tokens.Starts[i]..tokens.Ends[i]]));
            Assert.AreEqual(spelling, total, text);
            // Words found in the raw text share the tokens out among them.
            Assert.AreEqual(spelling, TextWords.Find(text, tokens).Sum(word => word.TokenCount), text);
        }
        Assert.IsTrue(words > 5000 && missing == 0, $"{words} {missing}");
    }

    private static TokenList Tokens(params (int Start, int End)[] spans)
    {
        var tokens = new TokenList();
        foreach ((int start, int end) in spans)
            tokens.Add(1, start, end);
        return tokens;
    }
}
