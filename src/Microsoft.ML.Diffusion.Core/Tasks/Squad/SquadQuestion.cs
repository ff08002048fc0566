namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A question about a context.</summary>
/// <param name="Id">The question's id.</param>
/// <param name="Title">The title of the article that the context is from; empty if the file has none.</param>
/// <param name="Context">The text that contains the answer.</param>
/// <param name="Question">The question.</param>
/// <param name="Answers">The answers found in the context at the place given in the file; a model is trained on them.</param>
/// <param name="GoldTexts">The texts of all answers in the file, including misplaced ones; predictions are scored against them.</param>
/// <param name="IsImpossible">Whether the context contains no answer (SQuAD v2.0).</param>
public sealed record SquadQuestion(
    string Id, string Title, string Context, string Question, IReadOnlyList<SquadAnswer> Answers, IReadOnlyList<string> GoldTexts,
    bool IsImpossible);
