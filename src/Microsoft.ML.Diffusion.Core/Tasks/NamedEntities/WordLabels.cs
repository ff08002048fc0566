namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The predicted labels of a text's words.</summary>
/// <param name="Labels">The label of each word, [words].</param>
/// <param name="LogProbabilities">The log-probability of each of them, [words].</param>
public sealed record WordLabels(int[] Labels, double[] LogProbabilities);
