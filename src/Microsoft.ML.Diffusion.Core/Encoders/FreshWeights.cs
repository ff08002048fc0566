using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The initial values of parameters that no checkpoint provides: matrices normal, biases 0, normalizations 1.</summary>
internal static class FreshWeights
{
    private const int PieceLength = 1 << 16;

    /// <summary>Fills a parameter.</summary>
    /// <param name="engine">The parameter's engine.</param>
    /// <param name="parameter">The parameter, with plain values.</param>
    /// <param name="deviation">The standard deviation of a matrix's elements.</param>
    /// <param name="key">The key of the draws; give each parameter its own.</param>
    public static void Write(Engine engine, Parameter parameter, double deviation, ulong key)
    {
        var values = new float[Math.Min(parameter.Length, PieceLength)];
        for (long start = 0; start < parameter.Length; start += values.Length)
        {
            Span<float> piece = values.AsSpan(0, (int)Math.Min(values.Length, parameter.Length - start));
            switch (parameter.Role)
            {
                case ParameterRole.Bias:
                    piece.Clear();
                    break;
                case ParameterRole.Norm:
                    piece.Fill(1);
                    break;
                default:
                    Normal(piece, deviation, key, start);
                    break;
            }
            engine.Write(parameter, start, piece);
        }
    }

    /// <summary>The Box–Muller transform (1958).</summary>
    private static void Normal(Span<float> values, double deviation, ulong key, long first)
    {
        for (int i = 0; i < values.Length; i++)
        {
            (double u, double v) = Philox.Uniforms(key, 0, (ulong)(first + i));
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }
    }
}
