using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class ByteLevelBpeTrainerTests
{
    [TestMethod]
    public void Merges_AreThoseOfTheDefinition()
    {
        string[] texts =
        [
            "low low low low low lower lower newest newest newest newest newest newest widest widest widest\n",
            "aaaa aaa aa aaaaaaa abab ababab bababa abcabc abc bc ab a\n\n\nthe end, the end; the End… é é é ée 生活 生活的",
        ];
        AssertMerges(texts, 261 + 60);
        var random = new Random(1);
        for (int i = 0; i < 30; i++)
        {
            string[] generated = [.. Enumerable.Range(0, 3).Select(_ => new string(random.GetItems("abc ".AsSpan(), 300)))];
            AssertMerges(generated, 261 + random.Next(1, 80));
        }
    }

    [TestMethod]
    public void Ids_AreLaidOutAsSaid()
    {
        var tokenizer = (ByteLevelBpeTokenizer)ByteLevelBpeTrainer.Train(["low lower lowest low"], 270);
        Assert.AreEqual((0, 1, 2, 3), (tokenizer.BeginToken, tokenizer.PadToken, tokenizer.EndToken, tokenizer.UnknownToken));
        Assert.AreEqual(tokenizer.VocabularySize - 1, tokenizer.MaskToken);
        Assert.AreEqual("!", tokenizer.Spell(4));
        Assert.AreEqual("lo", tokenizer.Spell(260));
        Assert.AreEqual("low", tokenizer.Spell(261));
        Assert.AreEqual(261 + tokenizer.MergeCount, tokenizer.VocabularySize);
    }

    [TestMethod]
    public void SizeAskedFor_IsTheSizeMade_WhereTheTextAllows()
    {
        string text = string.Concat(TextSamples.WellFormed(300, seed: 1));
        Assert.AreEqual(600, ByteLevelBpeTrainer.Train([text], 600).VocabularySize);
        Assert.AreEqual(261, ByteLevelBpeTrainer.Train([text], 261).VocabularySize);
        Assert.AreEqual(261, ByteLevelBpeTrainer.Train([], 600).VocabularySize);
        Assert.AreEqual(261, ByteLevelBpeTrainer.Train(["ab"], 600).VocabularySize);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ByteLevelBpeTrainer.Train([text], 260));
    }

    [TestMethod]
    public void SameTexts_GiveTheSameVocabulary_InAnyOrder()
    {
        string[] texts = [.. TextSamples.WellFormed(400, seed: 2)];
        TokenizerFiles files = ByteLevelBpeTrainer.Train(texts, 700).ToFiles();
        TextFiles.AssertSame(files, ByteLevelBpeTrainer.Train(texts, 700).ToFiles());
        TextFiles.AssertSame(files, ByteLevelBpeTrainer.Train(texts.Reverse(), 700).ToFiles());
    }

    [TestMethod]
    public void Cancellation_IsHonoured()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => ByteLevelBpeTrainer.Train(["the the"], 300, null, source.Token));
    }

    [TestMethod]
    public void ReadTexts_GivesTheWholeText_CutAfterNewlines()
    {
        var random = new Random(3);
        string text = new(random.GetItems("abcdefgh \n\n".AsSpan(), 500_000));
        string[] texts = [.. ByteLevelBpeTrainer.ReadTexts(new StringReader(text))];
        Assert.AreEqual(text, string.Concat(texts));
        Assert.IsTrue(texts.Length > 5);
        for (int i = 0; i + 1 < texts.Length; i++)
            Assert.IsTrue(texts[i][^1] == '\n' && texts[i + 1][0] != '\n');
        string line = new('x', 200_000);
        Assert.AreEqual(line, ByteLevelBpeTrainer.ReadTexts(new StringReader(line)).Single());
    }

    private static void AssertMerges(string[] texts, int size)
    {
        var tokenizer = (ByteLevelBpeTokenizer)ByteLevelBpeTrainer.Train(texts, size);
        string[] actual = Encoding.UTF8.GetString(TextFiles.Get(tokenizer.ToFiles(), "merges.txt")).Split('\n')[1..^1];
        CollectionAssert.AreEqual(MergesByDefinition(texts, size - 261), actual);
    }

    /// <summary>Counts all pairs anew for each merge.</summary>
    private static List<string> MergesByDefinition(string[] texts, int limit)
    {
        var ids = new Dictionary<string, int>();
        for (char character = '!'; character < 0x144; character++)
        {
            if (ByteAlphabet.ToByte(character) >= 0)
                ids.Add(character.ToString(), ids.Count);
        }
        List<List<string>> words = [];
        foreach (string text in texts)
        {
            foreach (Match match in Regex.Matches(text, Gpt2PreTokenizer.Pattern))
                words.Add([.. Encoding.UTF8.GetBytes(match.Value).Select(static value => ByteAlphabet.ToChar(value).ToString())]);
        }
        var merges = new List<string>();
        while (ids.Count < 256 + limit)
        {
            var counts = new Dictionary<(string Left, string Right), int>();
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                    counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            }
            var best = counts.Where(static pair => pair.Value >= 2)
                .OrderByDescending(static pair => pair.Value).ThenBy(pair => ids[pair.Key.Left]).ThenBy(pair => ids[pair.Key.Right])
                    .FirstOrDefault();
            if (best.Value == 0)
                break;
            string merge = $"{best.Key.Left} {best.Key.Right}", joined = best.Key.Left + best.Key.Right;
            if (!merges.Contains(merge))
                merges.Add(merge);
            ids.TryAdd(joined, ids.Count);
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] = joined;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }
        return merges;
    }
}
