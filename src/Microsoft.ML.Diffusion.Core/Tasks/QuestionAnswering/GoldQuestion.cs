namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A question with known answers, for evaluation.</summary>
/// <param name="Asked">The question and its context.</param>
/// <param name="Golds">The right answers; none if the context contains no answer.</param>
public sealed record GoldQuestion(AskedQuestion Asked, IReadOnlyList<string> Golds);
