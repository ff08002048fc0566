using System.Globalization;

namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>Checks that a model's output is a finite number.</summary>
internal static class FiniteLogit
{
    /// <exception cref="ArithmeticException">The logit is NaN or infinite.</exception>
    public static void Check(float logit, int index)
    {
        if (!float.IsFinite(logit))
            throw new ArithmeticException(
                $"Logit {index} is {logit.ToString(CultureInfo.InvariantCulture)}; expected a finite number."
                + " The training has diverged (lower the learning rate), or the model's weights are damaged.");
    }
}
