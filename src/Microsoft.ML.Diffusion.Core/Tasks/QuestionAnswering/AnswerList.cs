namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The answers that a model finds possible for a question.</summary>
/// <param name="Candidates">
/// The n-best list, the highest score first; where no answer is allowed, it is one of them. Empty where no pair of start and end was valid.
/// </param>
/// <param name="Answer">The candidate that is predicted; null where there is none, which counts as the empty text.</param>
/// <param name="NoAnswerScore">The least sum, over the windows, of the start and end logit of the classification token.</param>
/// <param name="NoAnswerMargin">
/// <paramref name="NoAnswerScore"/> − the score of the best answer that is a text; +∞ where there is none. What thresholds are compared with.
/// </param>
public sealed record AnswerList(IReadOnlyList<AnswerCandidate> Candidates, AnswerCandidate? Answer, double NoAnswerScore, double NoAnswerMargin)
{
    /// <summary>The predicted text; empty for no answer.</summary>
    public string Text => Answer?.Text ?? "";

    /// <summary>The probability that the context holds no answer; 0 where that is not allowed.</summary>
    public double NoAnswerProbability => Candidates.FirstOrDefault(candidate => candidate.IsNoAnswer)?.Probability ?? 0;
}
