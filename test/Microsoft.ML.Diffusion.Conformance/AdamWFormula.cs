using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>AdamW as its paper has it (Loshchilov and Hutter 2019, algorithm 2), in float64, written apart from the kernel.</summary>
public sealed class AdamWFormula(ReadOnlySpan<float> start)
{
    private readonly double[] _first = new double[start.Length];
    private readonly double[] _second = new double[start.Length];

    public double[] Weights { get; } = [.. start.ToArray().Select(value => (double)value)];

    public static AdamWStep Settings(int step, double rate, double decay = 0, double gradientScale = 1, double epsilon = 1e-8,
        bool correct = true) => new(
        rate, .9, .999, epsilon, decay, gradientScale, correct ? 1 - Math.Pow(.9, step) : 1, correct ? 1 - Math.Pow(.999, step) : 1);

    public void Step(ReadOnlySpan<float> gradient, AdamWStep s)
    {
        for (int i = 0; i < Weights.Length; i++)
        {
            double g = gradient[i] * s.GradientScale;
            _first[i] = s.Beta1 * _first[i] + (1 - s.Beta1) * g;
            _second[i] = s.Beta2 * _second[i] + (1 - s.Beta2) * g * g;
            double mean = _first[i] / s.Correction1, deviation = Math.Sqrt(_second[i] / s.Correction2);
            Weights[i] -= s.Rate * s.WeightDecay * Weights[i] + s.Rate * mean / (deviation + s.Epsilon);
        }
    }
}
