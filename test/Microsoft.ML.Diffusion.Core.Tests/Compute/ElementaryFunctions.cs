using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Errors of the kernels' elementary functions over dense grids.</summary>
internal static unsafe class ElementaryFunctions
{
    /// <summary>The largest error of e^x in the whole range without overflow: relative, and in units of the last place.</summary>
    public static (double Relative, double Ulp) ExpError<V>() where V : unmanaged, ILanes<V, float>
    {
        double relative = 0, ulp = 0;
        float[] x = Grid(-87.33, 88.37, 400_003);
        float[] y = Map<V>(x, V.Exp);
        for (int i = 0; i < x.Length; i++)
        {
            double exact = Math.Exp(x[i]), error = Math.Abs(y[i] - exact);
            relative = Math.Max(relative, error / exact);
            ulp = Math.Max(ulp, error / (float.BitIncrement((float)exact) - (float)exact));
        }
        return (relative, ulp);
    }

    /// <summary>The largest absolute error of erf x.</summary>
    public static double ErfError<V>() where V : unmanaged, ILanes<V, float>
    {
        double worst = 0;
        float[] x = Grid(-7, 7, 200_003);
        float[] y = Map<V>(x, V.Erf);
        for (int i = 0; i < x.Length; i++)
            worst = Math.Max(worst, Math.Abs(y[i] - DoubleFunctions.Erf(x[i])));
        return worst;
    }

    /// <summary>f of each element.</summary>
    public static float[] Map<V>(float[] x, Func<V, V> f) where V : unmanaged, ILanes<V, float>
    {
        float[] y = new float[x.Length];
        fixed (float* from = x, to = y)
        {
            for (int i = 0; i < x.Length; i += V.Count)
            {
                int count = Math.Min(V.Count, x.Length - i);
                Tail.Store(f(Tail.Load<V, float>(from + i, count)), to + i, count);
            }
        }
        return y;
    }

    private static float[] Grid(double first, double last, int count)
    {
        float[] x = new float[count];
        for (int i = 0; i < count; i++)
            x[i] = (float)(first + (last - first) * i / (count - 1));
        return x;
    }
}
