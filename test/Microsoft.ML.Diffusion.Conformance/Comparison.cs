namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>How results are compared.</summary>
public static class Comparison
{
    /// <summary>max |actual − expected| / max |expected|; infinite where either is not a number.</summary>
    public static double Error(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected) => Error(actual, ToDoubles(expected));

    /// <inheritdoc cref="Error(ReadOnlySpan{float}, ReadOnlySpan{float})"/>
    public static double Error(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        if (actual.Length != expected.Length)
            throw new ArgumentException($"{actual.Length} elements were compared with {expected.Length}.");
        double difference = 0, largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!float.IsFinite(actual[i]) || !double.IsFinite(expected[i]))
                return double.PositiveInfinity;
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }
        return difference == 0 ? 0 : difference / largest;
    }

    /// <summary>Fails where the error is above a tolerance.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        double error = Error(actual, expected);
        if (error <= tolerance)
            return;
        int worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= Math.Abs(actual[worst] - expected[worst])))
                worst = i;
        }
        string element = $"element {worst} of {expected.Length} is {actual[worst]:R}, expected {expected[worst]:R}";
        Assert.Fail($"{what}: the error is {error:0.0e0}, above {tolerance:0.0e0}; {element}.");
    }

    /// <inheritdoc cref="AssertClose(ReadOnlySpan{double}, ReadOnlySpan{float}, double, string)"/>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what) =>
        AssertClose(ToDoubles(expected), actual, tolerance, what);

    /// <summary>Fails where a bit differs.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected the bits of {expected[i]:R}.");
        }
    }

    /// <summary>Fails where a bit of any of the results differs.</summary>
    public static void AssertSameBits(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual,
        string what)
    {
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Keys.ToArray(), what);
        foreach ((string name, float[] values) in expected)
            AssertSameBits(values, actual[name], $"{what}, {name}");
    }

    private static double[] ToDoubles(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), value => (double)value);
}
