namespace SweepClassifier;

/// <summary>What the sweep is asked for.</summary>
/// <param name="Trials">How many settings are tried.</param>
/// <param name="MostEpochs">How often a trial sees each question, at most.</param>
/// <param name="Seeds">With how many seeds the best is compared with the default.</param>
/// <param name="Seed">The seed of the sweep.</param>
/// <param name="Directory">Where the trials and the best model are kept; null for nowhere.</param>
internal sealed record SweepArguments(int Trials, int MostEpochs, int Seeds, int Seed, string? Directory);
