using System.Buffers;
using System.Text;

namespace Microsoft.ML.Diffusion.Tasks.Squad;

/// <summary>
/// Compares a predicted answer with gold ones as in SQuAD (Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text",
/// 2016, and "Know What You Don't Know", 2018), with the same results as the official scripts.
/// </summary>
internal static class SquadAnswers
{
    private static readonly SearchValues<char> _punctuation = SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    /// <summary>
    /// An answer in lowercase, without ASCII punctuation and the articles a, an and the, its words separated by one space.
    /// </summary>
    public static string Normalize(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return string.Join(' ', Words(answer));
    }

    /// <summary>Exact match and F1 of one prediction: for each, the best over all gold answers.</summary>
    /// <param name="prediction">The predicted answer; empty for no answer.</param>
    /// <param name="golds">The gold answers; none if the context contains no answer.</param>
    /// <param name="rules">The script to agree with.</param>
    /// <returns>Exact match, 0 or 1, and F1 in [0, 1].</returns>
    /// <exception cref="ArgumentException">There is no gold answer, and the rules are version 1.1's.</exception>
    public static (double ExactMatch, double F1) Score(string prediction, IReadOnlyList<string> golds, SquadRules rules)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(golds);
        if (golds.Count == 0 && rules == SquadRules.Version1)
            throw new ArgumentException(
                "A question has no gold answer; expected one or more under version 1.1's rules. Use SquadRules.Version2.", nameof(golds));
        List<string> predicted = Words(prediction);
        double exactMatch = 0, f1 = 0;
        bool any = false;
        foreach (string gold in golds)
        {
            List<string> words = Words(gold);
            if (words.Count > 0 || rules == SquadRules.Version1)
                Compare(words);
        }
        if (!any)
            Compare([]);
        return (exactMatch, f1);

        void Compare(List<string> words)
        {
            any = true;
            exactMatch = Math.Max(exactMatch, predicted.SequenceEqual(words) ? 1 : 0);
            f1 = Math.Max(f1, F1(predicted, words, rules));
        }
    }

    private static double F1(List<string> predicted, List<string> gold, SquadRules rules)
    {
        if (predicted.Count == 0 || gold.Count == 0)
            return rules == SquadRules.Version2 && predicted.Count == gold.Count ? 1 : 0;
        var left = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in gold)
            left[word] = left.GetValueOrDefault(word) + 1;
        int same = 0;
        foreach (string word in predicted)
        {
            if (left.TryGetValue(word, out int count) && count > 0)
            {
                left[word] = count - 1;
                same++;
            }
        }
        if (same == 0)
            return 0;
        double precision = 1.0 * same / predicted.Count, recall = 1.0 * same / gold.Count;
        return 2 * precision * recall / (precision + recall);
    }

    private static List<string> Words(string answer)
    {
        var text = new StringBuilder(answer.Length);
        foreach (char c in PythonText.Lower(answer))
        {
            if (!_punctuation.Contains(c))
                text.Append(c);
        }
        return Split(DropArticles(text.ToString()));
    }

    /// <summary>Replaces every whole run of word characters that is an article with a space.</summary>
    private static string DropArticles(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (int start = 0, end; start < text.Length; start = end)
        {
            for (end = start; end < text.Length && IsWordAt(text, end, out int length); end += length)
            {
            }
            ReadOnlySpan<char> run = text.AsSpan(start, end - start);
            if (run is "a" or "an" or "the")
                kept.Append(' ');
            else
                kept.Append(run);
            for (; end < text.Length && !IsWordAt(text, end, out int length); end += length)
                kept.Append(text, end, length);
        }
        return kept.ToString();
    }

    private static bool IsWordAt(string text, int index, out int length) =>
        Rune.DecodeFromUtf16(text.AsSpan(index), out Rune rune, out length) == OperationStatus.Done && PythonText.IsWord(rune);

    private static List<string> Split(string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !PythonText.IsWhiteSpace(text[end]))
                end++;
            if (end > start)
                words.Add(text[start..end]);
            start = end + 1;
        }
        return words;
    }
}
