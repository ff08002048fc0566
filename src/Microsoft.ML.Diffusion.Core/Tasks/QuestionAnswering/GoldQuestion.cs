namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A question whose answers are known, to measure a model on.</summary>
/// <param name="Asked">The question and its context.</param>
/// <param name="Golds">The answers that count as right; none where the context holds no answer.</param>
public sealed record GoldQuestion(AskedQuestion Asked, IReadOnlyList<string> Golds);
