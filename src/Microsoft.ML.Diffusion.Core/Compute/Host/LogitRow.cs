using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Host;

/// <summary>
/// The passes over one row of logits. Exponentials are float32; sums are float64, in an order that depends only on the length, not on the
/// address, so equal rows give equal bits.
/// </summary>
internal static class LogitRow
{
    /// <summary>The greatest logit; NaN if any is NaN.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        Vector<float> greatest = new(float.NegativeInfinity);
        Vector<int> numbers = Vector<int>.AllBitsSet;
        foreach (Vector<float> v in vectors)
        {
            greatest = Vector.ConditionalSelect(Vector.GreaterThan(v, greatest), v, greatest);
            numbers &= Vector.Equals(v, v);
        }
        float max = float.NegativeInfinity;
        bool isNumber = numbers == Vector<int>.AllBitsSet;
        for (int i = 0; i < Vector<float>.Count; i++)
            max = MathF.Max(max, greatest[i]);
        foreach (float v in logits[(vectors.Length * Vector<float>.Count)..])
            max = MathF.Max(max, v);
        return isNumber ? max : float.NaN;
    }

    /// <summary>Σ exp(logit − max).</summary>
    public static double SumExp(ReadOnlySpan<float> logits, float max)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        Vector<double> low = default, high = default;
        Vector<float> shift = new(max);
        foreach (Vector<float> v in vectors)
        {
            Vector.Widen(Vector.Exp(v - shift), out Vector<double> first, out Vector<double> second);
            low += first;
            high += second;
        }
        double sum = Vector.Sum(low + high);
        foreach (float v in logits[(vectors.Length * Vector<float>.Count)..])
            sum += MathF.Exp(v - max);
        return sum;
    }
}
