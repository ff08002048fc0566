using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Elementary functions in float, for registers of any width; every width performs the same operations in the same order.
/// </summary>
internal static class FloatFunctions
{
    private const double Smallest = -87.33654;
    private const double Largest = 88.37626;

    /// <summary>e^x to about 1.5 ulp (range reduction by ln 2, then Cephes' polynomial); 0 below −87.34, 2.4e38 above 88.38.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : unmanaged, ILanes<V, float>
    {
        V clamped = V.Clamp(x, V.Constant(Smallest), V.Constant(Largest));
        V n = V.Round(clamped * V.Constant(1.44269504088896341));
        V r = V.MultiplyAdd(n, V.Constant(-0.693359375), clamped);
        r = V.MultiplyAdd(n, V.Constant(2.12194440e-4), r);
        V p = V.Constant(1.9875691500e-4);
        p = V.MultiplyAdd(p, r, V.Constant(1.3981999507e-3));
        p = V.MultiplyAdd(p, r, V.Constant(8.3334519073e-3));
        p = V.MultiplyAdd(p, r, V.Constant(4.1665795894e-2));
        p = V.MultiplyAdd(p, r, V.Constant(1.6666665459e-1));
        p = V.MultiplyAdd(p, r, V.Constant(5.0000001201e-1));
        p = V.MultiplyAdd(p, r * r, r) + V.Constant(1);
        return V.SelectLess(x, V.Constant(Smallest), V.Zero, V.ScaleByPowerOfTwo(p, n));
    }

    /// <summary>erf x within 5e-7 (the odd rational minimax approximation on [−4, 4] that Eigen uses).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x) where V : unmanaged, ILanes<V, float>
    {
        x = V.Clamp(x, V.Constant(-4), V.Constant(4));
        V s = x * x;
        V p = V.Constant(-2.72614225801306e-10);
        p = V.MultiplyAdd(p, s, V.Constant(2.77068142495902e-08));
        p = V.MultiplyAdd(p, s, V.Constant(-2.10102402082508e-06));
        p = V.MultiplyAdd(p, s, V.Constant(-5.69250639462346e-05));
        p = V.MultiplyAdd(p, s, V.Constant(-7.34990630326855e-04));
        p = V.MultiplyAdd(p, s, V.Constant(-2.95459980854025e-03));
        p = V.MultiplyAdd(p, s, V.Constant(-1.60960333262415e-02));
        V q = V.Constant(-1.45660718464996e-05);
        q = V.MultiplyAdd(q, s, V.Constant(-2.13374055278905e-04));
        q = V.MultiplyAdd(q, s, V.Constant(-1.68282697438203e-03));
        q = V.MultiplyAdd(q, s, V.Constant(-7.37332916720468e-03));
        q = V.MultiplyAdd(q, s, V.Constant(-1.42647390514189e-02));
        return x * p / q;
    }
}
