using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>
/// Decodes the answers to a question from the start and end logits of its windows (Devlin et al., "BERT", 2018): in each window the best
/// starts are combined with the best ends, and the candidates of all windows are merged. One instance serves one question at a time:
/// <see cref="Add"/> each window, then <see cref="Decode"/>.
/// </summary>
internal sealed class SpanDecoder
{
    private readonly SpanDecoderOptions _options;
    private readonly Dictionary<TokenSpan, double> _scores = [];
    private double _noAnswerScore = double.PositiveInfinity;

    /// <summary>Makes a decoder.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SpanDecoder(SpanDecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Adds the logits of a window. A span in several windows has the best of its scores.</summary>
    /// <param name="window">The window.</param>
    /// <param name="logits">The start and the end logit of each of its tokens, [Length, 2].</param>
    /// <exception cref="ArgumentException">The number of logits does not match the window's tokens.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public void Add(QuestionWindow window, ReadOnlySpan<float> logits)
    {
        if (logits.Length != 2 * window.Length)
            throw new ArgumentException(
                $"There are {logits.Length} logits for a window of {window.Length} tokens; expected two per token. Give the start and end " +
                "logits of all its tokens.", nameof(logits));
        for (int i = 0; i < logits.Length; i++)
            FiniteLogit.Check(logits[i], i);
        _noAnswerScore = Math.Min(_noAnswerScore, (double)logits[0] + logits[1]);
        ReadOnlySpan<float> context = logits.Slice(2 * window.ContextPosition, 2 * window.ContextCount);
        int[] starts = Best(context, 0), ends = Best(context, 1);
        foreach (int start in starts)
        {
            foreach (int end in ends)
            {
                if (end < start || end - start >= _options.MaxAnswerTokens)
                    continue;
                var span = new TokenSpan(window.ContextStart + start, window.ContextStart + end);
                double score = (double)context[2 * start] + context[2 * end + 1];
                if (!_scores.TryGetValue(span, out double known) || score > known)
                    _scores[span] = score;
            }
        }
    }

    /// <summary>
    /// The answers in the windows added so far; the decoder is then reset. If a text occurs at several places, the best is returned. Equal
    /// scores are in the order of the context, the shorter first.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="starts">Where each of the context's tokens starts in it, in UTF-16 characters, [tokens].</param>
    /// <param name="ends">Where each of them ends (exclusive), [tokens].</param>
    /// <exception cref="InvalidOperationException">No window was added.</exception>
    public AnswerList Decode(string context, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (double.IsPositiveInfinity(_noAnswerScore))
            throw new InvalidOperationException(
                "There is no window to decode answers from; expected one or more. Add the question's windows first.");
        var found = new List<(string Text, int Start, double Score)>();
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach ((TokenSpan span, double score) in _scores.OrderByDescending(static pair => pair.Value)
            .ThenBy(static pair => pair.Key.First).ThenBy(static pair => pair.Key.Last))
        {
            if (found.Count == _options.NBest)
                break;
            // A tokenizer may include the space before a word, or a line's end, in a token.
            int start = starts[span.First], end = ends[span.Last];
            while (start < end && char.IsWhiteSpace(context[start]))
                start++;
            while (start < end && char.IsWhiteSpace(context[end - 1]))
                end--;
            if (start < end && texts.Add(context[start..end]))
                found.Add((context[start..end], start, score));
        }
        double noAnswer = _noAnswerScore, margin = found.Count == 0 ? double.PositiveInfinity : noAnswer - found[0].Score;
        if (_options.AllowNoAnswer)
        {
            int place = found.FindIndex(candidate => candidate.Score < noAnswer);
            found.Insert(place < 0 ? found.Count : place, ("", -1, noAnswer));
        }
        _scores.Clear();
        _noAnswerScore = double.PositiveInfinity;
        AnswerCandidate[] candidates = WithProbabilities(found);
        bool predictsNone = _options.AllowNoAnswer && margin > _options.NoAnswerThreshold;
        return new AnswerList(candidates, Array.Find(candidates, candidate => candidate.IsNoAnswer == predictsNone), noAnswer, margin);
    }

    /// <summary>The indices of the greatest logits, the first among equals first.</summary>
    private int[] Best(ReadOnlySpan<float> context, int side)
    {
        var keys = new (float Negative, int Place)[context.Length / 2];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = (-context[2 * i + side], i);
        Array.Sort(keys);
        return [.. keys.Take(_options.NBest).Select(static key => key.Place)];
    }

    private static AnswerCandidate[] WithProbabilities(List<(string Text, int Start, double Score)> found)
    {
        double sum = 0;
        foreach ((_, _, double score) in found)
            sum += Math.Exp(score - found[0].Score);
        return [.. found.Select(candidate => new AnswerCandidate(candidate.Text, candidate.Start, candidate.Score,
            Math.Exp(candidate.Score - found[0].Score) / sum))];
    }
}
