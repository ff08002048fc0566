using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>
/// Answers with the words that question and context share; only the rarity of words and two numbers are fitted. The answer is a run of
/// <c>length</c> context words that the question does not contain, next to which, up to <c>reach</c> words to either side, are the most and
/// the rarest words of the question (after Richardson et al., MCTest, 2013; nearer words count more).
/// </summary>
internal sealed class SlidingWindowBaseline
{
    private static readonly int[] s_lengths = [1, 2, 3, 4, 5, 7, 10], s_reaches = [3, 6, 12, 25];
    private readonly Dictionary<string, int> _contextsWith = [];
    private readonly int _contexts;

    /// <summary>Counts words, and chooses the two numbers by their F1 on the questions.</summary>
    public SlidingWindowBaseline(IReadOnlyList<SquadQuestion> train)
    {
        foreach (string context in train.Select(question => question.Context).Distinct())
        {
            _contexts++;
            foreach (string word in Words(context).Select(word => word.Key).Distinct())
                _contextsWith[word] = _contextsWith.GetValueOrDefault(word) + 1;
        }
        SquadQuestion[] some = [.. train.Where((_, i) => i % Math.Max(1, train.Count / 1000) == 0)];
        (Length, Reach) = s_lengths.SelectMany(length => s_reaches.Select(reach => (Length: length, Reach: reach)))
            .MaxBy(numbers => ConstantBaseline.Score(some, question => Answer(question, numbers.Length, numbers.Reach)).Overall.F1);
    }

    /// <summary>The number of words of an answer.</summary>
    public int Length { get; }

    /// <summary>The distance up to which words of the question count.</summary>
    public int Reach { get; }

    /// <summary>The answer to a question.</summary>
    public string Answer(SquadQuestion question) => Answer(question, Length, Reach);

    private string Answer(SquadQuestion question, int length, int reach)
    {
        (int Start, int End, string Key)[] words = [.. Words(question.Context)];
        HashSet<string> asked = [.. Words(question.Question).Select(word => word.Key)];
        double[] weights =
            [.. words.Select(word => asked.Contains(word.Key)
                ? Math.Log((1.0 + _contexts) / (1 + _contextsWith.GetValueOrDefault(word.Key))) : 0)];
        length = Math.Min(length, words.Length);
        (double best, int at) = (-1, 0);
        for (int first = 0; first + length <= words.Length; first++)
        {
            if (words.AsSpan(first, length).ToArray().Any(word => asked.Contains(word.Key)))
                continue;
            double score = 0;
            for (int away = 1; away <= reach; away++)
            {
                double share = 1 - (away - 1.0) / reach;
                score += share * (first - away >= 0 ? weights[first - away] : 0);
                score += share * (first + length - 1 + away < words.Length ? weights[first + length - 1 + away] : 0);
            }
            if (score > best)
                (best, at) = (score, first);
        }
        return length == 0 ? "" : question.Context[words[at].Start..words[at + length - 1].End];
    }

    /// <summary>Runs of characters without whitespace, each reduced to its letters and digits in lower case.</summary>
    private static IEnumerable<(int Start, int End, string Key)> Words(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
                end++;
            if (end > start)
                yield return (start, end, string.Concat(text[start..end].Where(char.IsLetterOrDigit)).ToLowerInvariant());
            start = end + 1;
        }
    }
}
