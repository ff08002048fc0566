namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A candidate answer of a model.</summary>
/// <param name="Text">The answer, as it stands in the context; empty for no answer.</param>
/// <param name="Start">Where it starts in the context, in UTF-16 characters; −1 for no answer.</param>
/// <param name="Score">The sum of its start and end logit.</param>
/// <param name="Probability">Softmax of the scores over the candidates of the list.</param>
public sealed record AnswerCandidate(string Text, int Start, double Score, double Probability)
{
    /// <summary>Where it ends in the context (exclusive), in UTF-16 characters; −1 for no answer.</summary>
    public int End => Start < 0 ? -1 : Start + Text.Length;

    /// <summary>Whether the candidate is that the context contains no answer.</summary>
    public bool IsNoAnswer => Start < 0;
}
