namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A question about a context.</summary>
/// <param name="Id">The question's id.</param>
/// <param name="Title">The title of the article that the context is from; empty where the file has none.</param>
/// <param name="Context">The text that holds the answer.</param>
/// <param name="Question">The question.</param>
/// <param name="Answers">The answers that were found in the context where the file puts them: what a model learns from.</param>
/// <param name="GoldTexts">The texts of all answers in the file, misplaced ones too: what predictions are scored against.</param>
/// <param name="IsImpossible">Whether the context holds no answer (SQuAD v2.0).</param>
public sealed record SquadQuestion(
    string Id, string Title, string Context, string Question, IReadOnlyList<SquadAnswer> Answers, IReadOnlyList<string> GoldTexts, bool IsImpossible);
