using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;

namespace Microsoft.ML.Diffusion.Tests.Text;

[TestClass]
public sealed class Gpt2PreTokenizerTests
{
    private static readonly Regex s_expression = new(Gpt2PreTokenizer.Pattern, RegexOptions.CultureInvariant);

    [TestMethod]
    public void Splitter_EqualsTheExpression_OnGeneratedTexts()
    {
        foreach (string text in TextSamples.WellFormed(40_000, seed: 1))
            AssertSame(text);
        var random = new Random(2);
        for (int i = 0; i < 40_000; i++)
            AssertSame(string.Create(random.Next(12), random,
                static (span, random) => random.GetItems("'stmdrevl a1. \n\t\u00A0é".AsSpan(), span)));
    }

    private static void AssertSame(string text)
    {
        // .NET's expressions see halves of characters beyond the basic plane; a stand-in of the same class takes the place of each.
        var standIns = new StringBuilder();
        var positions = new List<int>();
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            positions.Add(position);
            position += rune.Utf16SequenceLength;
            standIns.Append(rune.IsBmp ? (char)rune.Value : Rune.IsLetter(rune) ? 'ж' : IsNumber(rune) ? '5' : '☃');
        }
        positions.Add(position);
        int[] expected = [.. s_expression.Matches(standIns.ToString()).Select(match => positions[match.Index + match.Length])];
        var actual = new List<int>();
        for (int start = 0; start < text.Length; start = actual[^1])
            actual.Add(Gpt2PreTokenizer.NextEnd(text, start));
        CollectionAssert.AreEqual(expected, actual, text);
    }

    private static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
