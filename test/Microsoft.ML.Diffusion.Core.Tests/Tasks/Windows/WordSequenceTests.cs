using System.Text;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Texts and words to the tokens that are labeled.</summary>
[TestClass]
public sealed class WordSequenceTests
{
    private static readonly Tokenizer s_bpe =
        ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the cat sat; the cat was the cat\n"], 300);

    [TestMethod]
    public void Every_word_is_spelled_as_after_a_space()
    {
        WordSequence words = WordSequence.FromWords(s_bpe, ["cat", "the", "cat", ","]);
        string[] spelled = [.. words.Words.Select(word => s_bpe.Decode(words.Tokens.Slice(word.FirstToken, word.TokenCount)))];
        CollectionAssert.AreEqual(new[] { " cat", " the", " cat", " ," }, spelled);
        CollectionAssert.AreEqual(Tokens(words, 0), Tokens(words, 2));
        Assert.AreEqual("cat the cat ,", words.Text);
        CollectionAssert.AreEqual(new[] { "cat", "the", "cat", "," }, Texts(words));
    }

    [TestMethod]
    public void Spaces_split_as_string_Split_does()
    {
        foreach (string text in (string[])["the cat sat", "the  cat ", " the cat", "sat, on\tthe\nmat", "  ", "cat"])
        {
            WordSequence words = WordSequence.FromText(s_bpe, text, WordSplitting.Spaces);
            Assert.AreEqual(text, words.Text);
            CollectionAssert.AreEqual(text.Split(' '), Texts(words), $"'{text}'");
        }
        Assert.IsEmpty(WordSequence.FromText(s_bpe, "", WordSplitting.Spaces).Words);
    }

    [TestMethod]
    public void Punctuation_stands_alone_where_texts_are_split_at_it()
    {
        WordSequence words = WordSequence.FromText(s_bpe, "The cat, (sat)  on\tit.", WordSplitting.Punctuation);
        CollectionAssert.AreEqual(new[] { "The", "cat", ",", "(", "sat", ")", "on", "it", "." }, Texts(words));
        // A comma right after a word is spelled without a space, as in any text.
        Assert.AreEqual(",", s_bpe.Decode(words.Tokens.Slice(words.Words[2].FirstToken, words.Words[2].TokenCount)));
        Assert.IsEmpty(WordSequence.FromText(s_bpe, " \n\t", WordSplitting.Punctuation).Words);
    }

    [TestMethod]
    public void A_word_without_tokens_is_unknown_and_keeps_its_place()
    {
        Tokenizer wordPiece = WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncat\n##s\nsat\n"));
        WordSequence words = WordSequence.FromWords(wordPiece, ["cats", "", "\u0001", "sat"]);
        CollectionAssert.AreEqual(new[] { 5, 6, wordPiece.UnknownToken, wordPiece.UnknownToken, 7 }, words.Tokens.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 2, 3, 4 }, words.Words.Select(word => word.FirstToken).ToArray());
        CollectionAssert.AreEqual(new[] { 2, 1, 1, 1 }, words.Words.Select(word => word.TokenCount).ToArray());
    }

    [TestMethod]
    public void Lone_surrogates_are_counted() => Assert.AreEqual(1, WordSequence.FromWords(s_bpe, ["a\uD800", "b"]).LoneSurrogates);

    [TestMethod]
    public void Entities_by_characters_become_labels_of_words()
    {
        WordSequence words = WordSequence.FromText(s_bpe, "Ann Lee met Bob.", WordSplitting.Punctuation);
        string[] tags = CharacterSpans.ToTags(words, [new("PER", 12, 3), new("PER", 0, 7)], out int widened);
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "O", "B-PER", "O" }, tags);
        Assert.AreEqual(0, widened);
        tags = CharacterSpans.ToTags(words, [new("PER", 1, 4)], out widened);
        CollectionAssert.AreEqual(new[] { "B-PER", "I-PER", "O", "O", "O" }, tags);
        Assert.AreEqual(1, widened);
        Refused([new("PER", 12, 5)], "the text's 16");
        Refused([new("PER", -1, 2)], "starts at -1");
        Refused([new("PER", 0, 0)], "has 0 characters");
        Refused([new("PER", 3, 1)], "contains no word");
        Refused([new("PER", 0, 3), new("ORG", 2, 5)], "Word 0 is in two entities");

        void Refused(CharacterSpan[] spans, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => CharacterSpans.ToTags(words, spans, out _)).Message, part);
    }

    private static string[] Texts(WordSequence words) => [.. words.Words.Select(word => words.Text[word.Start..word.End])];

    private static int[] Tokens(WordSequence words, int word) =>
        words.Tokens.Slice(words.Words[word].FirstToken, words.Words[word].TokenCount).ToArray();
}
