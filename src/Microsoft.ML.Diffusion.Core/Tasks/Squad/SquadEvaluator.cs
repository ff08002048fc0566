namespace Microsoft.ML.Diffusion.Tasks.Squad;

/// <summary>Scores predictions on a SQuAD file like the official scripts, question by question.</summary>
/// <param name="rules">The script to agree with.</param>
internal sealed class SquadEvaluator(SquadRules rules)
{
    private readonly List<Scored> _questions = [];

    /// <summary>The number of questions.</summary>
    public int Count => _questions.Count;

    /// <summary>Adds a question.</summary>
    /// <param name="prediction">The predicted answer, empty for no answer; null if there is no prediction, which scores 0.</param>
    /// <param name="golds">The gold answers; none if the context contains no answer.</param>
    /// <param name="noAnswerProbability">
    /// The probability that the context contains no answer, or any number that grows with it, such as
    /// <see cref="AnswerList.NoAnswerMargin"/>.
    /// </param>
    /// <exception cref="ArgumentException">There is no gold answer, and the rules are version 1.1's; or the probability is NaN.</exception>
    public void Add(string? prediction, IReadOnlyList<string> golds, double noAnswerProbability = 0)
    {
        ArgumentNullException.ThrowIfNull(golds);
        if (double.IsNaN(noAnswerProbability))
            throw new ArgumentException("The no-answer probability is NaN; expected a number. Check the model's logits.",
                nameof(noAnswerProbability));
        (double exactMatch, double f1) = SquadAnswers.Score(prediction ?? "", golds, rules);
        if (prediction is null)
            (exactMatch, f1) = (0, 0);
        _questions.Add(new Scored(exactMatch, f1, golds.Count > 0, prediction is { Length: 0 }, noAnswerProbability));
    }

    /// <summary>The scores of the questions added so far.</summary>
    /// <param name="noAnswerThreshold">
    /// A question with a higher no-answer probability counts as predicted to have no answer; infinity, the default, leaves predictions
    /// unchanged. The best thresholds are computed from the unchanged predictions.
    /// </param>
    /// <exception cref="InvalidOperationException">There is no question.</exception>
    public SquadReport Report(double noAnswerThreshold = double.PositiveInfinity)
    {
        if (_questions.Count == 0)
            throw new InvalidOperationException("There is no question to score; expected one or more. Add questions first.");
        Scored[] scored =
            [.. _questions.Select(question => question.NoAnswerProbability > noAnswerThreshold ? question.AsNoAnswer() : question)];
        return new SquadReport(
            Mean(scored),
            Mean([.. scored.Where(static question => question.HasAnswer)]),
            Mean([.. scored.Where(static question => !question.HasAnswer)]),
            Best(static question => question.ExactMatch),
            Best(static question => question.F1));
    }

    private static SquadScores Mean(Scored[] questions) => new(
        questions.Sum(static question => question.ExactMatch) / questions.Length,
        questions.Sum(static question => question.F1) / questions.Length,
        questions.Length);

    /// <summary>
    /// Starts at the threshold below which all are predicted to have no answer, and goes upwards: each question passed gains its score, or
    /// loses the point for no answer if it has none. As in the official script, the lowest threshold is called 0, and equal probabilities
    /// are passed one after the other.
    /// </summary>
    private SquadThreshold Best(Func<Scored, double> score)
    {
        double current = _questions.Count(static question => !question.HasAnswer), best = current, threshold = 0;
        foreach (Scored question in _questions.OrderBy(static question => question.NoAnswerProbability))
        {
            if (question.HasAnswer)
                current += score(question);
            else if (!question.SaysNoAnswer)
                current--;
            if (current > best)
                (best, threshold) = (current, question.NoAnswerProbability);
        }
        return new SquadThreshold(best / _questions.Count, threshold);
    }

    private readonly record struct Scored(double ExactMatch, double F1, bool HasAnswer, bool SaysNoAnswer, double NoAnswerProbability)
    {
        public Scored AsNoAnswer() => this with { ExactMatch = HasAnswer ? 0 : 1, F1 = HasAnswer ? 0 : 1 };
    }
}
