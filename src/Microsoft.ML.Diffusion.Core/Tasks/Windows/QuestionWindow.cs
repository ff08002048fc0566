using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>
/// A model's input for a question and a part of its context: special tokens, the question, special tokens, the part, special tokens.
/// Positions count from the input's first token, which is the classification token.
/// </summary>
/// <param name="QuestionCount">The number of the question's tokens in it, from the first.</param>
/// <param name="ContextStart">The first token of the context in it.</param>
/// <param name="ContextCount">The number of the context's tokens in it.</param>
/// <param name="ContextPosition">The position of the first of them.</param>
/// <param name="Length">The number of tokens of the input, special tokens included.</param>
internal readonly record struct QuestionWindow(int QuestionCount, int ContextStart, int ContextCount, int ContextPosition, int Length)
{
    /// <summary>
    /// The target positions for an answer: those of its first and last token, or (0, 0), the classification token's, if there is no answer
    /// or it is not wholly inside the window.
    /// </summary>
    /// <param name="answer">The answer's tokens in the context, see <see cref="AnswerTokens.Find"/>; null for no answer.</param>
    public TokenSpan Target(TokenSpan? answer) =>
        answer is TokenSpan span && span.First >= ContextStart && span.Last < ContextStart + ContextCount
            ? new TokenSpan(span.First - ContextStart + ContextPosition, span.Last - ContextStart + ContextPosition)
            : default;

    /// <summary>Writes the type of each of its tokens.</summary>
    /// <param name="template">The tokenizer's pairs.</param>
    /// <param name="before">The number of special tokens before the question.</param>
    /// <param name="types">Receives the types, [Length].</param>
    public void FillTypes(SequenceTemplate template, int before, Span<int> types)
    {
        int question = before + QuestionCount, end = ContextPosition + ContextCount;
        types[..before].Fill(template.OpeningType);
        types[before..question].Fill(template.FirstType);
        // Windows that were saved for another number of separators keep it.
        for (int separator = question; separator < ContextPosition; separator++)
            types[separator] = template.SeparatorTypes.Length == 0 ? template.FirstType
                : template.SeparatorTypes[Math.Min(separator - question, template.Separators - 1)];
        types[ContextPosition..end].Fill(template.SecondType);
        types[end..].Fill(template.ClosingType);
    }
}
