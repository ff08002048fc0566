using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class StringTrieTests
{
    [TestMethod]
    public void Next_IsTheLeftmost_AndOfThoseTheLongest_OfAnyStrings()
    {
        var random = new Random(7);
        for (int round = 0; round < 3_000; round++)
        {
            string letters = round % 3 == 0 ? "ab" : round % 3 == 1 ? "abc\u00E9\u535A" : "ab\uD83D\uDE00 ";
            var strings = new string[random.Next(1, round % 10 == 0 ? 60 : 8)];
            for (int i = 0; i < strings.Length; i++)
                strings[i] = Text(random, letters, random.Next(1, 7));
            var trie = new StringTrie(strings);
            string text = Text(random, letters, random.Next(30));
            for (int from = 0; from <= text.Length; from++)
            {
                int position = from, found = trie.Next(text, ref position);
                (int expected, int place) = Naive(strings, text, from);
                Assert.AreEqual(expected, found, $"{string.Join('|', strings)} in {text} from {from}");
                if (found >= 0)
                    Assert.AreEqual(place, position);
            }
        }
    }

    private static (int Found, int Place) Naive(string[] strings, string text, int from)
    {
        for (int place = from; place < text.Length; place++)
        {
            int longest = -1;
            for (int i = 0; i < strings.Length; i++)
            {
                if (string.CompareOrdinal(text, place, strings[i], 0, strings[i].Length) == 0
                    && (longest < 0 || strings[i].Length > strings[longest].Length))
                    longest = i;
            }
            if (longest >= 0)
                return (longest, place);
        }
        return (-1, -1);
    }

    private static string Text(Random random, string letters, int length) => new(random.GetItems(letters.AsSpan(), length));
}
