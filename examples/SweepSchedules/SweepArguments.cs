namespace SweepSchedules;

/// <summary>What the sweep is asked for.</summary>
/// <param name="Prompts">After how many prompts each trial writes.</param>
/// <param name="HeldOut">On how many others the best is compared with the default; 0 for no comparison.</param>
/// <param name="Trials">How many settings are tried.</param>
/// <param name="Tokens">How many tokens are written after a prompt.</param>
/// <param name="Calls">How many calls of the denoiser a text may take.</param>
/// <param name="Seeds">With how many seeds the best is compared with the default.</param>
/// <param name="Seed">The seed of the sweep.</param>
/// <param name="Directory">Where the trials are kept; null for nowhere.</param>
internal sealed record SweepArguments(int Prompts, int HeldOut, int Trials, int Tokens, int Calls, int Seeds, int Seed, string? Directory);
