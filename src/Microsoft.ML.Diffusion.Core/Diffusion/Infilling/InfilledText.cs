using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion;

/// <summary>A template whose gaps were filled.</summary>
/// <param name="Text">The template's pieces, character for character, and what was written between them.</param>
/// <param name="Gaps">What was written into each gap, [gaps]; none where the template could not be filled.</param>
/// <param name="MeanLogProbability">
/// The mean log-probability of the gaps' tokens, nats a token, by which the best candidate was chosen: see <see cref="DenoisingLoop.Run"/>. Tokens of
/// required words count as written first, from left to right. 0 where nothing was written.
/// </param>
/// <param name="Candidates">How many candidates of lengths and of places for the required words were tried.</param>
/// <param name="Calls">How many times the denoiser ran the candidates together; the scores of required words are counted with the first sample.</param>
/// <param name="LoneSurrogates">How many lone surrogates the template had: the model read each as U+FFFD, the text has them as they were.</param>
/// <param name="Row">Which of the rows that an observer is told of became this text; −1 where nothing was written.</param>
/// <param name="Error">Why the template could not be filled, under <see cref="TemplateError.LeaveAsIs"/>; else null.</param>
public sealed record InfilledText(
    string Text, IReadOnlyList<FilledGap> Gaps, double MeanLogProbability, int Candidates, int Calls, int LoneSurrogates, int Row, string? Error = null);
