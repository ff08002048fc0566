namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>A context's tokens and their characters.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="Starts">Where each token starts in the context, in UTF-16 characters, [tokens].</param>
/// <param name="Ends">Where each token ends in the context (exclusive), [tokens].</param>
/// <param name="LoneSurrogates">The number of lone surrogates; each was read as U+FFFD.</param>
internal sealed record ContextTokens(int[] Ids, int[] Starts, int[] Ends, int LoneSurrogates);
