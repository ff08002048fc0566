namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The scores of a set of questions.</summary>
/// <param name="ExactMatch">The fraction of predictions that equal a gold answer after normalization.</param>
/// <param name="F1">The mean F1 of words, a fraction.</param>
/// <param name="Count">The number of questions.</param>
public readonly record struct SquadScores(double ExactMatch, double F1, int Count);
