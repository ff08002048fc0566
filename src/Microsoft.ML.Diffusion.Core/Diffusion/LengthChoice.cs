namespace Microsoft.ML.Diffusion;

/// <summary>The best of the texts that were written at several lengths.</summary>
/// <param name="TokenIds">The tokens written between beginning and ending, [length].</param>
/// <param name="MeanLogProbability">Their mean log-probability, nats a token, by which they were chosen: see <see cref="DenoisingLoop.Run"/>.</param>
/// <param name="Calls">How many times the denoiser ran the texts of all lengths together.</param>
public sealed record LengthChoice(IReadOnlyList<int> TokenIds, double MeanLogProbability, int Calls);
