using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion;

/// <summary>A template whose gaps were filled.</summary>
/// <param name="Text">The template's pieces, character for character, and the text written between them.</param>
/// <param name="Gaps">The text written into each gap, [gaps]; empty if the template could not be filled.</param>
/// <param name="MeanLogProbability">
/// The mean log-probability of the gaps' tokens, in nats per token, by which the best candidate was chosen: see
/// <see cref="DenoisingLoop.Run"/>. Tokens of required words count as written first, from left to right. 0 if nothing was written.
/// </param>
/// <param name="Candidates">The number of combinations of gap lengths and places of required words that were tried.</param>
/// <param name="Calls">The number of denoiser runs of all candidates together; scoring required words counts toward the first
/// sample.</param>
/// <param name="LoneSurrogates">The number of lone surrogates in the template: the model read each as U+FFFD, and the text has them
/// unchanged.</param>
/// <param name="Row">The observer's row number of the candidate that became this text; −1 if nothing was written.</param>
/// <param name="Error">Why the template could not be filled, with <see cref="TemplateError.LeaveAsIs"/>; otherwise null.</param>
public sealed record InfilledText(
    string Text, IReadOnlyList<FilledGap> Gaps, double MeanLogProbability, int Candidates, int Calls, int LoneSurrogates, int Row,
    string? Error = null);
