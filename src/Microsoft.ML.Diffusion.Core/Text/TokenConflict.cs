namespace Microsoft.ML.Diffusion.Text;

/// <summary>Errors of files that contradict each other. Either of the two may be the one that a model was trained with.</summary>
internal static class TokenConflict
{
    /// <summary>What to do.</summary>
    public const string Advice =
        "The files do not say which of the two the model was trained with. " +
        "Use the tokenizer's files as they were saved together with the model.";

    /// <summary>One id has two tokens.</summary>
    public static TokenizerException OfOneId(int id, string first, string firstSource, string second, string secondSource) => new(
        $"The id {id} is given to two tokens: to '{Messages.Shorten(first)}' by {firstSource}, " +
        $"and to '{Messages.Shorten(second)}' by {secondSource}. {Advice}");

    /// <summary>One token has two ids.</summary>
    public static TokenizerException OfOneToken(string token, int firstId, string firstSource, int secondId, string secondSource) => new(
        $"The token '{Messages.Shorten(token)}' has two ids: {firstId} by {firstSource}, and {secondId} by {secondSource}. {Advice}");
}
