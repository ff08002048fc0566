namespace SweepClassifier;

/// <summary>The arguments of the sweep.</summary>
/// <param name="Trials">The number of settings to try.</param>
/// <param name="MostEpochs">The maximum number of passes of a trial over the questions.</param>
/// <param name="Seeds">The number of seeds for comparing the best with the default.</param>
/// <param name="Seed">The seed of the sweep.</param>
/// <param name="Directory">The directory of the trials and the best model; null to keep nothing.</param>
internal sealed record SweepArguments(int Trials, int MostEpochs, int Seeds, int Seed, string? Directory);
