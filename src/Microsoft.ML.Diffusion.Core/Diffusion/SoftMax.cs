using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The passes over one row of logits. Exponentials are float32, sums are float64 and in an order that depends on the length
/// only (not on where the row lies in memory), so equal rows give equal bits.
/// </summary>
internal static class SoftMax
{
    /// <summary>How many weights share a partial sum.</summary>
    public const int BlockLength = 256;

    /// <summary>The greatest logit; NaN where any is NaN.</summary>
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

    /// <summary>Turns logits into the weights exp((logit − max) · scale).</summary>
    /// <param name="logits">Logits in, weights out.</param>
    /// <param name="max">The greatest logit.</param>
    /// <param name="scale">One over the temperature.</param>
    /// <param name="blockSums">Receives the sum of each <see cref="BlockLength"/> weights.</param>
    /// <returns>The sum of all weights.</returns>
    public static double Exp(Span<float> logits, float max, float scale, Span<double> blockSums)
    {
        Vector<float> shift = new(max), scales = new(scale);
        double total = 0;
        for (int block = 0; block * BlockLength < logits.Length; block++)
        {
            Span<float> part = logits.Slice(block * BlockLength, Math.Min(BlockLength, logits.Length - block * BlockLength));
            Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(part);
            Vector<double> low = default, high = default;
            foreach (ref Vector<float> v in vectors)
            {
                v = Vector.Exp((v - shift) * scales);
                Vector.Widen(v, out Vector<double> first, out Vector<double> second);
                low += first;
                high += second;
            }
            double sum = Vector.Sum(low + high);
            foreach (ref float v in part[(vectors.Length * Vector<float>.Count)..])
                sum += v = MathF.Exp((v - max) * scale);
            blockSums[block] = sum;
            total += sum;
        }
        return total;
    }
}
