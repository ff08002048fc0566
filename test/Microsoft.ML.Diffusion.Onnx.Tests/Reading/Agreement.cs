namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>How near two results are.</summary>
/// <param name="Difference">The greatest difference, as a share of the greatest magnitude.</param>
/// <param name="Cosine">The least cosine of two rows.</param>
public sealed record Agreement(double Difference, double Cosine)
{
    public static Agreement Of(float[] expected, float[] actual, int columns)
    {
        Assert.AreEqual(expected.Length, actual.Length, "The results have different lengths.");
        Assert.IsTrue(Array.TrueForAll(expected, float.IsFinite) && Array.TrueForAll(actual, float.IsFinite), "A result is not finite.");
        double greatest = expected.Max(Math.Abs), difference = 0, cosine = 1;
        for (int row = 0; row < expected.Length; row += columns)
        {
            double dot = 0, a = 0, b = 0;
            for (int i = row; i < row + columns; i++)
            {
                difference = Math.Max(difference, Math.Abs((double)expected[i] - actual[i]));
                dot += (double)expected[i] * actual[i];
                a += (double)expected[i] * expected[i];
                b += (double)actual[i] * actual[i];
            }
            cosine = Math.Min(cosine, dot / Math.Sqrt(a * b));
        }
        return new Agreement(difference / greatest, cosine);
    }

    /// <summary>Fails if the results differ by more than single precision explains.</summary>
    public void AssertEqual(double tolerance = 1e-4, double leastCosine = 0.99999)
    {
        Assert.IsLessThanOrEqualTo(tolerance, Difference, $"difference {Difference:g3}, cosine {Cosine:f7}");
        Assert.IsGreaterThanOrEqualTo(leastCosine, Cosine, $"difference {Difference:g3}, cosine {Cosine:f7}");
    }
}
