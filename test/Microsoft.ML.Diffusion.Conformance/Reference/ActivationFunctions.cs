using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>The functions that <see cref="Activation"/> names, and their derivatives.</summary>
internal static class ActivationFunctions
{
    private const double Cubic = 0.044715;
    private static readonly double s_rootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public static double Value(Activation activation, double x) => activation switch
    {
        Activation.None => x,
        Activation.Gelu => x * Normal(x),
        Activation.GeluTanh => x / 2 * (1 + Math.Tanh(s_rootOfTwoOverPi * (x + Cubic * x * x * x))),
        Activation.Relu => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        Activation.Silu => x * Logistic(x),
        _ => throw new NotSupportedException($"The reference engine has no {activation}."),
    };

    public static double Derivative(Activation activation, double x)
    {
        switch (activation)
        {
            case Activation.None:
                return 1;
            case Activation.Gelu:
                return Normal(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
            case Activation.GeluTanh:
                double tanh = Math.Tanh(s_rootOfTwoOverPi * (x + Cubic * x * x * x));
                return (1 + tanh) / 2 + x / 2 * (1 - tanh * tanh) * s_rootOfTwoOverPi * (1 + 3 * Cubic * x * x);
            case Activation.Relu:
                return x > 0 ? 1 : 0;
            case Activation.Tanh:
                return 1 - Math.Tanh(x) * Math.Tanh(x);
            case Activation.Silu:
                return Logistic(x) * (1 + x * (1 - Logistic(x)));
            default:
                throw new NotSupportedException($"The reference engine has no {activation}.");
        }
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The normal distribution function: ½ + φ(x) · (x + x³/3 + x⁵/15 + …) (Abramowitz and Stegun 26.2.11).</summary>
    private static double Normal(double x)
    {
        if (Math.Abs(x) > 9)
            return x > 0 ? 1 : 0;
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            sum += term *= x * x / (2 * n + 1);
        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
