using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>
/// What primitives compute, written out in float64 from the papers' formulas, apart from any engine: the reference too is held to them.
/// </summary>
internal static class Formulas
{
    public static double Activate(Activation activation, double x) => activation switch
    {
        Activation.None => x,
        Activation.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
        Activation.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + .044715 * x * x * x))),
        Activation.Relu => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        _ => throw new NotSupportedException($"{activation} has no formula here."),
    };

    /// <summary>x · weightᵀ + bias, before the activation: [rows × outputs].</summary>
    public static double[] Linear(float[] x, float[] weight, float[]? bias, int inputs)
    {
        int rows = x.Length / inputs, outputs = weight.Length / inputs;
        double[] y = new double[rows * outputs];
        for (int i = 0; i < y.Length; i++)
        {
            (int row, int output) = (i / outputs, i % outputs);
            y[i] = (bias?[output] ?? 0) + Enumerable.Range(0, inputs).Sum(k => (double)x[row * inputs + k] * weight[output * inputs + k]);
        }
        return y;
    }

    public static double[] LayerNorm(double[] sums, float[] weight, float[]? bias, double epsilon)
    {
        int width = weight.Length;
        double[] y = new double[sums.Length];
        for (int first = 0; first < y.Length; first += width)
        {
            double mean = sums[first..(first + width)].Average(),
                variance = sums[first..(first + width)].Average(value => (value - mean) * (value - mean));
            for (int i = 0; i < width; i++)
                y[first + i] = (sums[first + i] - mean) / Math.Sqrt(variance + epsilon) * weight[i] + (bias?[i] ?? 0);
        }
        return y;
    }

    /// <summary>Queries and keys turned by their positions, values as they are.</summary>
    public static double[] Rotate(float[] qkv, int[] bounds, int heads, int headWidth, double theta)
    {
        int width = heads * headWidth, half = headWidth / 2;
        double[] turned = [.. qkv.Select(value => (double)value)];
        foreach ((int row, int position) in Positions(bounds))
        {
            for (int head = 0; head < 2 * heads; head++)
            {
                for (int i = 0; i < half; i++)
                {
                    int first = row * 3 * width + head * headWidth + i, second = first + half;
                    double angle = position * Math.Pow(theta, -2.0 * i / headWidth);
                    turned[first] = qkv[first] * Math.Cos(angle) - qkv[second] * Math.Sin(angle);
                    turned[second] = qkv[second] * Math.Cos(angle) + qkv[first] * Math.Sin(angle);
                }
            }
        }
        return turned;
    }

    /// <summary>
    /// Softmax attention within sequences; a bias for distances, and what is kept of (head, position of the query, position of the key).
    /// </summary>
    public static double[] Attend(
        float[] qkv, int[] bounds, int heads, int headWidth, AttentionPattern pattern, float[]? bias,
        Func<int, int, int, double>? kept = null)
    {
        int width = heads * headWidth, longest = bounds.Zip(bounds.Skip(1), (first, end) => end - first).Max();
        double[] y = new double[qkv.Length / 3];
        for (int sequence = 0; sequence + 1 < bounds.Length; sequence++)
        {
            for (int item = 0; item < heads * (bounds[sequence + 1] - bounds[sequence]); item++)
            {
                int head = item % heads, i = bounds[sequence] + item / heads;
                Dictionary<int, double> scores = [];
                for (int j = bounds[sequence]; j < bounds[sequence + 1]; j++)
                {
                    if (i - j > pattern.Before || j - i > pattern.After)
                        continue;
                    double product = 0;
                    for (int k = 0; k < headWidth; k++)
                        product += (double)qkv[i * 3 * width + head * headWidth + k] * qkv[j * 3 * width + width + head * headWidth + k];
                    scores[j] = product / Math.Sqrt(headWidth) + (bias?[(j - i + longest - 1) * heads + head] ?? 0);
                }
                double norm = LogSumExp(scores.Values);
                foreach ((int j, double score) in scores)
                {
                    double weight = Math.Exp(score - norm) * (kept?.Invoke(head, i - bounds[sequence], j - bounds[sequence]) ?? 1);
                    for (int k = 0; k < headWidth; k++)
                        y[i * width + head * headWidth + k] += weight * qkv[j * 3 * width + 2 * width + head * headWidth + k];
                }
            }
        }
        return y;
    }

    /// <summary>Whether dropout keeps an element: 0 or 1 / (1 − rate).</summary>
    public static double Kept(double rate, ulong key, ulong counterHigh, int element)
    {
        (uint x, uint y, uint z, uint w) = Philox.Words(key, counterHigh, (ulong)(element / 4));
        return new[] { x, y, z, w }[element % 4] < (uint)(rate * uint.MaxValue) ? 0 : 1 / (1 - rate);
    }

    public static double CrossEntropy(double[] logits, int[] targets, float[] weights, double smoothing)
    {
        int classes = logits.Length / targets.Length;
        double loss = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            double[] own = logits[(row * classes)..((row + 1) * classes)];
            double norm = LogSumExp(own);
            loss += weights[row] * ((1 - smoothing) * (norm - own[targets[row]]) + smoothing * own.Average(logit => norm - logit));
        }
        return loss;
    }

    public static double LogSumExp(IReadOnlyCollection<double> values)
    {
        double max = values.Max();
        return max + Math.Log(values.Sum(value => Math.Exp(value - max)));
    }

    /// <summary>Rows, and their positions in their sequences.</summary>
    public static IEnumerable<(int Row, int Position)> Positions(int[] bounds) =>
        bounds.Zip(bounds.Skip(1)).SelectMany(pair =>
            Enumerable.Range(pair.First, pair.Second - pair.First).Select(row => (row, row - pair.First)));

    /// <summary>Some rows of a matrix.</summary>
    public static double[] Rows(float[] matrix, int width, IEnumerable<int> rows) =>
        [.. rows.SelectMany(row => matrix[(row * width)..((row + 1) * width)]).Select(value => (double)value)];

    /// <summary>erf x: the continued fraction of erfc (Abramowitz and Stegun 7.1.14) far out, the power series (7.1.5) near zero.</summary>
    private static double Erf(double x)
    {
        double a = Math.Abs(x), result = 0;
        if (a < 2)
        {
            double term = a;
            for (int n = 0; n < 60; term *= -a * a / ++n)
                result += term / (2 * n + 1);
            result *= 2 / Math.Sqrt(Math.PI);
        }
        else
        {
            double fraction = a;
            for (int n = 80; n > 0; n--)
                fraction = a + n / 2.0 / fraction;
            result = 1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / fraction;
        }
        return Math.CopySign(result, x);
    }
}
