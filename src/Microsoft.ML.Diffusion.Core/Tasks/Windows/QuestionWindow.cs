using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>
/// A model's input made of a question and a part of its context: special tokens, the question, special tokens, the part, special tokens.
/// Positions count from the input's first token, which is the classification token.
/// </summary>
/// <param name="QuestionCount">How many of the question's tokens it holds, from the first.</param>
/// <param name="ContextStart">The first token of the context that it holds.</param>
/// <param name="ContextCount">How many of the context's tokens it holds.</param>
/// <param name="ContextPosition">The position of the first of them.</param>
/// <param name="Length">The number of tokens of the input, special tokens included.</param>
internal readonly record struct QuestionWindow(int QuestionCount, int ContextStart, int ContextCount, int ContextPosition, int Length)
{
    /// <summary>
    /// The positions that a model is taught for an answer: those of its first and last token, or the classification token's, (0, 0), where
    /// the answer is not wholly inside the window or there is none.
    /// </summary>
    /// <param name="answer">The tokens of the context that make the answer, see <see cref="AnswerTokens.Find"/>; null for no answer.</param>
    public TokenSpan Target(TokenSpan? answer) =>
        answer is TokenSpan span && span.First >= ContextStart && span.Last < ContextStart + ContextCount
            ? new TokenSpan(span.First - ContextStart + ContextPosition, span.Last - ContextStart + ContextPosition)
            : default;
}
