namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Elementary functions in double that .NET lacks, for the reference implementation only.</summary>
internal static class DoubleFunctions
{
    /// <summary>erf x to about 1e-15: its power series below 3 (Abramowitz and Stegun 7.1.6), a
    /// continued fraction above (7.1.14).</summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x), result;
        if (a < 3)
        {
            double term = a, sum = a;
            for (int n = 1; Math.Abs(term) > 1e-18 * sum; n++)
            {
                term *= 2 * a * a / (2 * n + 1);
                sum += term;
            }
            result = 2 / Math.Sqrt(Math.PI) * Math.Exp(-a * a) * sum;
        }
        else
        {
            double fraction = a;
            for (int n = 60; n > 0; n--)
                fraction = a + n / 2.0 / fraction;
            result = 1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / fraction;
        }
        return double.CopySign(result, x);
    }
}
