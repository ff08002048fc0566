namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The best score at any threshold on the no-answer probability, and that threshold.</summary>
/// <param name="Score">The mean score, a fraction.</param>
/// <param name="Threshold">A question with a higher no-answer probability is predicted to have no answer.</param>
public readonly record struct SquadThreshold(double Score, double Threshold);
