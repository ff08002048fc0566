using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.Expressions;

namespace Microsoft.ML.Diffusion.Tests.Text.Expressions;

[TestClass]
public sealed class WordExpressionTests
{
    /// <summary>What real tokenizers cut words by, where there is no look-around; with it taken out where there is.</summary>
    private static readonly string[] s_real =
    [
        // GPT-2, RoBERTa, ModernBERT
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+",
        // GPT-4 (cl100k), Llama 3
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+",
        // Qwen 2
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+",
        // GPT-4o (o200k)
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+",
        // DeepSeek
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+",
        @"[一-龥぀-ゟ゠-ヿ]+", @"\p{N}{1,3}",
        // CLIP
        @"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    ];

    [TestMethod]
    public void Real_expressions_match_as_dotnet_has_it()
    {
        const string Text =
            "The QUICK brown fox's  12345 jumps -- don't\r\n\r\n\t 'LL Straße 東京タワー ひらがな naïve e\u0301 <|endoftext|> #tag(x) " +
            "\U0001F600! ſ's K ";
        string text = Text + new string(' ', 50) + "end" + new string('\n', 9) + "x";
        foreach (string expression in s_real)
            AssertSame(expression, text);
    }

    /// <summary>Random expressions: on each, the matches are those that .NET finds by backtracking (whose lazy repeats within greedy ones
    /// are in an order of their own).</summary>
    [TestMethod]
    public void Random_expressions_match_as_dotnet_has_it()
    {
        var random = new Random(20261130);
        int read = 0;
        while (read < 600)
        {
            string expression = Make(3);
            // What may match nothing is not repeated.
            try
            {
                _ = new WordExpression("", expression);
                read++;
            }
            catch (NotSupportedException)
            {
                continue;
            }
            string text = string.Concat(Enumerable.Range(0, 12).Select(_ => "abcAB1 \n"[random.Next(8)]));
            AssertSame(expression, text);
        }

        string Make(int depth)
        {
            string[] atoms = ["a", "b", "ab", "[ab]", "[^a]", ".", @"\w", @"\s", @"\d", @"\x61", "[a-c-[b]]", "[]a]", "{", "(?i:a)",
                "(?i:[b-c])", @"\p{Lu}"];
            string atom = depth == 0 || random.Next(3) == 0 ? atoms[random.Next(atoms.Length)] : random.Next(3) switch
            {
                0 => $"({Make(depth - 1)}|{Make(depth - 1)})",
                1 => $"(?:{Make(depth - 1)})",
                _ => $"(?i:{Make(depth - 1)})",
            };
            string counted = atom.Length == 1 || atom[0] is '[' or '('
                or '\\' ? atom + new[] { "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}" }[random.Next(8)] : atom;
            return random.Next(2) == 0 ? counted : counted + Make(Math.Max(0, depth - 1));
        }
    }

    [TestMethod]
    [DataRow("(?i)k|x", "aKk\u212ax")]
    [DataRow("a(?i)b|c", "aBCacabb")]
    [DataRow("(?-i:a)(?i:b(?-i)c)d", "aBcdabCd")]
    [DataRow("(?s:.)|(?m-s:.)", "a\nb")]
    [DataRow(@"[\]\]a-]+|[^\]]", "a]]-x")]
    [DataRow("x{,3}", "x{,3}xxx")]
    [DataRow(@"[[:alpha:]]+|\cJ|\u0062\x63", "a:l\nbc")]
    [DataRow("()|a*", "baa")]
    [DataRow("a*?b|a+?|(?:ab??){1,2}?c|a{2,}?", "aabaaac abcaabc")]
    [DataRow("", "ab")]
    public void Syntax_is_read_as_dotnet_reads_it(string expression, string text) => AssertSame(expression, text);

    [TestMethod]
    [DataRow(@"\s+(?!\S)|\s+", "look-around")]
    [DataRow("(?<=a)b", "look-around")]
    [DataRow("(?>a+)b", "look-around")]
    [DataRow("(?<name>a)", "look-around")]
    [DataRow(@"(a)\1", "back-reference")]
    [DataRow(@"^a", "anchor")]
    [DataRow(@"a\b", "anchor")]
    [DataRow("([ab]{0,95}[a-c]){0,95}x", "1000 steps")]
    [DataRow(@"((\w{1000}){1000}){1000}", "1000 steps")]
    [DataRow("(?:(?:(?:){2000000000}){2000000000}){2000000000}", "match nothing")]
    [DataRow("(?:a?){60}a{60}", "match nothing")]
    [DataRow("(?:a?)*", "match nothing")]
    [DataRow("(a*|b)+?", "match nothing")]
    [DataRow("(?:(?:(?:a{0}b){1000}){1000}){1000}", "1000 steps")]
    [DataRow("a{2147483647}", "1000 steps")]
    [DataRow("a{0,2147483646}", "1000 steps")]
    public void What_is_not_linear_is_refused(string expression, string why)
    {
        var clock = Stopwatch.StartNew();
        TokenizerException exception =
            Assert.ThrowsExactly<TokenizerException>(() => PreTokenizerExpression.Make("tokenizer.json", expression));
        // The clock is of a machine that may be slow or busy; the bound itself is counted in steps, or is one on the syntax.
        Assert.IsLessThan(10, clock.Elapsed.TotalSeconds);
        StringAssert.StartsWith(exception.Message, "tokenizer.json: the pre-tokenizer's expression '");
        StringAssert.Contains(exception.Message, why);
        StringAssert.Contains(exception.Message, "Use GPT-2's expression");
    }

    /// <summary>Whatever the expression, a text is cut or refused in little time and memory.</summary>
    [TestMethod]
    [DataRow("([ab]{0,20}[a-c]){0,20}x", "abc")]
    [DataRow("([ab]{0,20}[a-c]){0,20}x|a", "abc")]
    [DataRow("a{0,300}a{300}", "a")]
    [DataRow("a{0,300}a{300}x|a", "a")]
    [DataRow("[ab]*a[ab]{200}c|b", "ab")]
    [DataRow("[ab]*x|a", "a")]
    [DataRow(@"(a|a)*b|\p{L}{1,3}|\d", "a")]
    [DataRow(@"(?:a+)+x|(\w+\s?)*y|.", "a ")]
    [DataRow(@"(?:\p{L}?\p{Lu}?[^x]){100}x|.", "aBé")]
    [DataRow(@"(?i:\p{L}{0,490}x)|.", "aBé")]
    public void No_expression_hangs(string expression, string alphabet)
    {
        foreach (int length in (ReadOnlySpan<int>)[1_000, 10_000, 100_000])
        {
            var random = new Random(length);
            string text = string.Create(length, 0, (span, _) =>
            {
                foreach (ref char c in span)
                    c = alphabet[random.Next(alphabet.Length)];
            });
            long before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            string result = "";
            try
            {
                result = $"{Count(PreTokenizerExpression.Make("tokenizer.json", expression)!, text)} matches";
            }
            catch (TokenizerException exception)
            {
                StringAssert.Contains(exception.Message, "steps on a text of");
                result = "refused";
            }
            long megabytes = (GC.GetAllocatedBytesForCurrentThread() - before) >> 20;
            Console.WriteLine($"{expression} on {length}: {clock.ElapsedMilliseconds} ms, {megabytes} MB, {result}");
            // The clock is of a machine that may be slow or busy; the bound itself is counted in steps.
            Assert.IsLessThan(10, clock.Elapsed.TotalSeconds);
            Assert.IsLessThan(100, megabytes);
        }
    }

    /// <summary>A thousand sets, each of the whole of Unicode.</summary>
    [TestMethod]
    public void An_expression_of_many_sets_is_read_in_little_time_and_memory()
    {
        string[] expressions =
        [
            "(?i:" + string.Concat(Enumerable.Range(0, 240).Select(i => $"[^{(char)('\u0100' + i)}]")) + ")",
            string.Concat(Enumerable.Range(0, 1000).Select(i => (char)('\u4e00' + i)))[..990],
            "[" + string.Concat(Enumerable.Repeat(@"\]", 499)) + "]",
            string.Concat(Enumerable.Repeat("(", 490)) + string.Concat(Enumerable.Repeat(")*", 490))[..490] + "",
        ];
        foreach (string expression in expressions)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            try
            {
                Count(PreTokenizerExpression.Make("tokenizer.json", expression)!, new string('a', 10_000));
            }
            catch (TokenizerException)
            {
            }
            long megabytes = (GC.GetAllocatedBytesForCurrentThread() - before) >> 20;
            Console.WriteLine($"{expression[..20]}: {clock.ElapsedMilliseconds} ms, {megabytes} MB");
            Assert.IsLessThan(10, clock.Elapsed.TotalSeconds);
            Assert.IsLessThan(100, megabytes);
        }
    }

    /// <summary>A third of the steps that are allowed, on text of any shape, so real tokenizers never meet the bound.</summary>
    [TestMethod]
    public void Real_expressions_stay_far_below_the_bound()
    {
        string[] texts =
        [
            new string('a', 1 << 18), new string(' ', 1 << 18), new string('\n', 1 << 18), new string('1', 1 << 18),
            new string('!', 1 << 18),
            string.Concat(Enumerable.Repeat("\n \t", 1 << 16)), string.Concat(Enumerable.Repeat("A", 1 << 17)) + new string('a', 1 << 17),
            string.Concat(Enumerable.Repeat("aA'l 1 \r\n!", 1 << 14)), "\n" + new string(' ', 1 << 18) + "x",
        ];
        foreach (string expression in s_real)
        {
            foreach (string text in texts)
            {
                var matcher = new WordMatcher();
                matcher.Begin(text.Length);
                Count(matcher, new WordExpression("", expression), text);
                long taken = WordExpression.StepsFor(text.Length) - matcher.StepsLeft;
                Assert.IsLessThan(WordExpression.StepsFor(text.Length) - WordExpression.StepsFor(0), 3 * taken,
                    $"{taken / text.Length} of {expression}");
            }
        }
    }

    private static void AssertSame(string expression, string text)
    {
        (int, int)[] expected =
            [.. Regex.Matches(text, expression, RegexOptions.CultureInvariant).Select(match => (match.Index, match.Index + match.Length))];
        var actual = new List<(int, int)>();
        var matcher = new WordMatcher();
        matcher.Begin(text.Length);
        var words = new WordExpression("", expression);
        for (int from = 0; from <= text.Length && matcher.Find(words, text, from, out int start, out int end);
            from = end > start ? end : end + 1)
            actual.Add((start, end));
        CollectionAssert.AreEqual(expected, actual,
            $"{expression} on \"{text}\": {string.Join(' ', expected)} against {string.Join(' ', actual)}");
    }

    private static int Count(WordExpression expression, string text)
    {
        var matcher = new WordMatcher();
        matcher.Begin(text.Length);
        return Count(matcher, expression, text);
    }

    private static int Count(WordMatcher matcher, WordExpression expression, string text)
    {
        int count = 0;
        for (int from = 0; from <= text.Length && matcher.Find(expression, text, from, out int start, out int end);
            from = end > start ? end : end + 1)
            count++;
        return count;
    }
}
