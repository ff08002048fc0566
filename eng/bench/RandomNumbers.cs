namespace Microsoft.ML.Diffusion.Bench;

/// <summary>Random values for weights and tensors.</summary>
internal static class RandomNumbers
{
    /// <summary>Numbers in [−½, ½).</summary>
    public static float[] Of(int count, int seed = 1)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextSingle() - .5f;
        return values;
    }
}
