namespace SweepSchedules;

/// <summary>The arguments of the sweep.</summary>
/// <param name="Prompts">The number of prompts for each trial.</param>
/// <param name="HeldOut">The number of other prompts for comparing the best with the default; 0 for no comparison.</param>
/// <param name="Trials">The number of settings to try.</param>
/// <param name="Tokens">The number of tokens to write after a prompt.</param>
/// <param name="Calls">The maximum number of denoiser calls for a text.</param>
/// <param name="Seeds">The number of seeds for comparing the best with the default.</param>
/// <param name="Seed">The seed of the sweep.</param>
/// <param name="Directory">The directory of the trials; null to keep nothing.</param>
internal sealed record SweepArguments(int Prompts, int HeldOut, int Trials, int Tokens, int Calls, int Seeds, int Seed, string? Directory);
