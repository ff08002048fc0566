namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// What <see cref="Executor.Draw"/> says of one row. If no token could be drawn, only <paramref name="Token"/> is specified.
/// </summary>
/// <param name="Token">
/// The token drawn; −1 if there is none, since the row, after the bans, has a NaN or +∞, or is −∞ throughout.
/// </param>
/// <param name="MostLikely">The most likely token; the lowest among equals.</param>
/// <param name="LogProbability">
/// The log-probability of the token drawn, nats, as the logits give it: after the bans, before temperature, top-k and top-p.
/// </param>
/// <param name="LogConfidence">The score of the same probabilities.</param>
public readonly record struct DrawnToken(int Token, int MostLikely, double LogProbability, double LogConfidence);
