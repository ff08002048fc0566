using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>
/// The loss of a span's start and end: the mean of two cross-entropies, each with softmax over the positions of one sequence
/// (Devlin et al., "BERT", 2018).
/// </summary>
internal static class SpanCrossEntropy
{
    /// <summary>The loss of one sequence and its gradient.</summary>
    /// <param name="logits">The start and the end logit of each position, [length, 2].</param>
    /// <param name="target">The target positions; see <see cref="QuestionWindow.Target"/>.</param>
    /// <param name="weight">The sequence's weight.</param>
    /// <param name="gradient">Receives the derivative of the result with respect to each logit, [length, 2].</param>
    /// <returns>weight · loss.</returns>
    /// <exception cref="ArgumentException">The lengths do not match, there is no position, or a target is out of range.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public static double Compute(ReadOnlySpan<float> logits, TokenSpan target, double weight, Span<float> gradient)
    {
        int length = logits.Length / 2;
        LossArguments.CheckLengths(logits.Length, gradient.Length, length, 2, 0);
        var side = new float[length];
        var sideGradient = new float[length];
        double total = 0;
        for (int s = 0; s < 2; s++)
        {
            for (int i = 0; i < length; i++)
                side[i] = logits[2 * i + s];
            total += SoftmaxCrossEntropy.Compute(side, [s == 0 ? target.First : target.Last], [], [], 0, sideGradient);
            for (int i = 0; i < length; i++)
                gradient[2 * i + s] = (float)(weight / 2 * sideGradient[i]);
        }
        return weight / 2 * total;
    }
}
