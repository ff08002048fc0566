using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>Reproducible numbers, exact in float.</summary>
public static class Numbers
{
    public static ulong Key(string name)
    {
        ulong key = 1469598103934665603;
        foreach (char c in name)
            key = (key ^ c) * 1099511628211;
        return key;
    }

    /// <summary>Standard normal numbers, scaled and moved.</summary>
    public static float[] Normal(int count, string name, double scale = 1, double mean = 0)
    {
        float[] values = new float[count];
        ulong key = Key(name);
        for (int i = 0; i < count; i++)
        {
            (double u, double v) = Philox.Uniforms(key, 0, (ulong)i);
            values[i] = (float)(mean + scale * Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }
        return values;
    }

    /// <summary>Integers in [0, end).</summary>
    public static int[] Integers(int count, int end, string name)
    {
        int[] values = new int[count];
        ulong key = Key(name);
        for (int i = 0; i < count; i++)
            values[i] = (int)(Philox.Uniform(key, 1, (ulong)i) * end);
        return values;
    }

    public static int[] Range(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>Where sequences of some lengths begin, and where the last ends.</summary>
    public static int[] Bounds(params int[] lengths)
    {
        int[] bounds = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
            bounds[i + 1] = bounds[i] + lengths[i];
        return bounds;
    }

    /// <summary>The same, to the nearest multiple of 2^−16: a step of a finite difference, added to them, is exact in float.</summary>
    public static float[] Coarse(float[] values) => Array.ConvertAll(values, value => MathF.Round(value * (1 << 16)) / (1 << 16));
}
