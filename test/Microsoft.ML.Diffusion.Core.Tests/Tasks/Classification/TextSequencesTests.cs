using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class TextSequencesTests
{
    [TestMethod]
    [DataRow("bert", "[ab]cd]", true)]
    [DataRow("roberta", "[ab]]cd]", false)]
    [DataRow("modernbert", "[ab]cd]", false)]
    [DataRow("distilbert", "[ab]cd]", false)]
    [DataRow("electra", "[ab]cd]", true)]
    [DataRow("albert", "[ab]cd]", true)]
    public void Texts_and_pairs_stand_between_the_familys_special_tokens(string family, string pair, bool hasTypes)
    {
        TextSequences texts = Make(family, 12);
        texts.Add("ab");
        texts.Add("ab", "cd");
        Assert.AreEqual("[ab]", Show(texts, 0));
        Assert.AreEqual(pair, Show(texts, 1));
        Assert.AreEqual(hasTypes, !texts.Types.IsEmpty);
        if (hasTypes)
        {
            CollectionAssert.AreEqual(new[] { 0, 0, 0, 0 }, texts.TypesOf(0).ToArray());
            CollectionAssert.AreEqual(new[] { 0, 0, 0, 0, 1, 1, 1 }, texts.TypesOf(1).ToArray());
        }
        Assert.AreEqual((0L, 0L), (texts.Truncated, texts.Empty));
    }

    [TestMethod]
    public void What_is_cut_empty_or_replaced_is_counted_and_a_cleared_collection_goes_on_counting()
    {
        TextSequences texts = Make("bert", 7);
        texts.Add("abcde");
        Assert.AreEqual(0, texts.Truncated);
        texts.Add("abcdef");
        Assert.AreEqual("[abcde]", Show(texts, 1));
        texts.Add("");
        texts.Add("", "");
        texts.Add("ab", "");
        texts.Add("\uD800b");
        texts.Add(new string('a', 100_000), "xyz");
        Assert.AreEqual("[aa]xy]", Show(texts, 6));
        Assert.AreEqual("[]", Show(texts, 2));
        Assert.AreEqual("[]]", Show(texts, 3));
        Assert.AreEqual((2L, 2L, 1L), (texts.Truncated, texts.Empty, texts.LoneSurrogates));
        texts.Clear();
        texts.Add("abcdef");
        Assert.AreEqual(1, texts.Sequences.Count);
        Assert.AreEqual(texts.Sequences.TokenCount, texts.Types.Length);
        Assert.AreEqual(3, texts.Truncated);
    }

    [TestMethod]
    public void The_longer_of_a_pair_loses_its_end_first()
    {
        for (int room = 2; room < 12; room++)
        {
            for (int first = 0; first < 14; first++)
            {
                for (int second = 0; second < 14; second++)
                {
                    // Token by token from the longer one; where both are equally long, the one that was longer keeps the odd token.
                    (int a, int b) = (first, second);
                    while (a + b > room)
                    {
                        if (a > b || (a == b && first <= second))
                            a--;
                        else
                            b--;
                    }
                    Assert.AreEqual((a, b), TextSequences.Fit(first, second, room), $"{first} and {second} in {room}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(4)]
    [DataRow(13)]
    public void A_length_without_room_or_beyond_the_encoders_is_refused(int maxLength)
    {
        ArgumentOutOfRangeException exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Make("bert", maxLength));
        StringAssert.Contains(exception.Message, "5 ");
        StringAssert.Contains(exception.Message, "12");
    }

    [TestMethod]
    [DataRow("roberta", new[] { 0, 0, 0, 1, 1 }, "[ab]cd]", null)]
    [DataRow("bert", new[] { 0, 0, 0, 0, 0, 0 }, "[ab]]cd]", new[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [DataRow("bert", new[] { 0, 0, 1, 1, 0 }, "[ab]cd]", new[] { 0, 0, 0, 1, 1, 1, 0 })]
    [DataRow("bert", new[] { 1, 0, 0, 1, 1, 1, 1 }, "[ab]]]cd]", new[] { 1, 0, 0, 0, 1, 1, 1, 1, 1 })]
    [DataRow("electra", new[] { 0, 0, 1, 1 }, "[abcd]", new[] { 0, 0, 0, 1, 1, 1 })]
    [DataRow("distilbert", new[] { 0, 0, 5, 5, 5 }, "[ab]cd]", null)]
    public void Pairs_AreMadeAsTheTokenizerSays_WhateverTheFamily(string family, int[] template, string pair, int[]? types)
    {
        TextSequences texts = Make(family, 12, new SequenceTemplate(template));
        texts.Add("ab", "cd");
        texts.Add("ab");
        texts.Add(new string('a', 20), new string('b', 20));
        Assert.AreEqual(pair, Show(texts, 0));
        Assert.AreEqual("[ab]", Show(texts, 1));
        CollectionAssert.AreEqual(types ?? [], texts.TypesOf(0).ToArray());
        CollectionAssert.AreEqual(types is null ? [] : new int[4], texts.TypesOf(1).ToArray());
        Assert.AreEqual(12, texts.Sequences[2].Length);
        Assert.AreEqual(template.Length - 2, Show(texts, 2).Count(static character => character is '[' or ']'));
    }

    [TestMethod]
    public void TypesThatTheModelLacks_AndPairsThatTheTokenizerLacks_AreRefused()
    {
        string message = Assert.ThrowsExactly<TokenizerException>(() => Make("bert", 12, new SequenceTemplate(0, 0, 0, 2, 2))).Message;
        StringAssert.Contains(message,
            "the type 2, and the model has 2 types (type_vocab_size in config.json); expected types from 0 to 1");
        TextSequences texts = Make("bert", 12, SequenceTemplate.WithoutPairs("It makes no pairs."));
        texts.Add("ab");
        Assert.AreEqual("[ab]", Show(texts, 0));
        Assert.AreEqual("It makes no pairs.", Assert.ThrowsExactly<TokenizerException>(() => texts.Add("ab", "cd")).Message);
        Assert.AreEqual(1, texts.Sequences.Count);
    }

    private static TextSequences Make(string family, int maxLength, SequenceTemplate? template = null) =>
        new(new FakeTokenizer { Sequences = template }, SmallModels.Family(family),
            SmallModels.Configuration(family, FakeTokenizer.Size), maxLength);

    private static string Show(TextSequences texts, int sequence) =>
        string.Concat(texts.Sequences[sequence].ToArray().Select(id => id switch
    {
        FakeTokenizer.Begin => "[",
        FakeTokenizer.End => "]",
        FakeTokenizer.Unknown => "?",
        _ => ((char)(' ' + id - FakeTokenizer.FirstCharacter)).ToString(),
    }));
}
