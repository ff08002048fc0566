namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A model's candidate answers to a question.</summary>
/// <param name="Candidates">
/// The n-best list, highest score first; if no answer is allowed, that is one of them. Empty if no pair of start and end was valid.
/// </param>
/// <param name="Answer">The predicted candidate; null if there is none, which counts as the empty text.</param>
/// <param name="NoAnswerScore">The least sum, over the windows, of the start and end logit of the classification token.</param>
/// <param name="NoAnswerMargin">
/// <paramref name="NoAnswerScore"/> − the score of the best answer with text; +∞ if there is none. Thresholds are compared with it.
/// </param>
public sealed record AnswerList(IReadOnlyList<AnswerCandidate> Candidates, AnswerCandidate? Answer, double NoAnswerScore,
    double NoAnswerMargin)
{
    /// <summary>The predicted text; empty for no answer.</summary>
    public string Text => Answer?.Text ?? "";

    /// <summary>The probability that the context contains no answer; 0 if that is not allowed.</summary>
    public double NoAnswerProbability => Candidates.FirstOrDefault(candidate => candidate.IsNoAnswer)?.Probability ?? 0;
}
