using Microsoft.ML.Diffusion.Text.Expressions;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>Expressions that split text into words, from untrusted files.</summary>
internal static class PreTokenizerExpression
{
    private const int LongestExpression = 1000;

    /// <summary>The expression to run, or null if the hand-written splitter does the same.</summary>
    /// <exception cref="TokenizerException">The expression is invalid, or cannot be run in linear time.</exception>
    public static WordExpression? Make(string source, string? expression)
    {
        if (expression is null or Gpt2PreTokenizer.Pattern)
            return null;
        const string Remedy =
            "Use GPT-2's expression, or one without look-around, anchors, back-references, atomic groups and large counts.";
        if (expression.Length > LongestExpression)
            throw new TokenizerException(
                $"{source}: the pre-tokenizer's expression has {expression.Length} characters; expected at most " +
                $"{LongestExpression}. {Remedy}");
        try
        {
            return new WordExpression(source, expression);
        }
        catch (Exception exception) when (exception is NotSupportedException or ArgumentException)
        {
            throw new TokenizerException(
                $"{source}: the pre-tokenizer's expression '{expression}' cannot be run in linear time: {exception.Message} {Remedy}",
                exception);
        }
    }
}
