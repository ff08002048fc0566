namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>Splits a question and a long context into inputs within a model's maximum.</summary>
internal static class QuestionWindows
{
    /// <summary>The inputs, in the order of the context. The windows over the context are those of
    /// <see cref="TokenWindows.Cut"/>.</summary>
    /// <param name="questionTokens">The number of the question's tokens, without special tokens.</param>
    /// <param name="contextTokens">The number of the context's tokens, without special tokens.</param>
    /// <param name="options">The lengths of inputs and their parts.</param>
    /// <exception cref="ArgumentException">The options leave no room, or a number is negative.</exception>
    public static QuestionWindow[] Cut(int questionTokens, int contextTokens, QuestionWindowOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(questionTokens);
        int question = Math.Min(questionTokens, options.MaxQuestionTokens);
        int position = options.SpecialTokensBefore + question + options.SpecialTokensBetween;
        TokenWindow[] windows =
            TokenWindows.Cut(contextTokens, options.MaxTokens - position - options.SpecialTokensAfter, options.StrideOverlap);
        return Array.ConvertAll(
            windows, window =>
                new QuestionWindow(question, window.Start, window.Count, position, position + window.Count + options.SpecialTokensAfter));
    }
}
