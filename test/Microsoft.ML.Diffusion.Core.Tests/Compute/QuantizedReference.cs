namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A linear layer with weights and inputs rounded to 8-bit integers, in plain loops, apart from the engine.</summary>
internal static class QuantizedReference
{
    /// <summary>The integers of a row of the input, and what one of them stands for.</summary>
    public static (int[] Integers, double Scale) RoundRow(ReadOnlySpan<float> values)
    {
        float scale = Largest(values) / 127, inverse = scale > 0 ? 1 / scale : 0;
        int[] integers = new int[values.Length];
        for (int i = 0; i < integers.Length; i++)
            integers[i] = (int)Math.Round((double)(values[i] * inverse));
        return (integers, scale);
    }

    /// <summary>The integers of the weights of an output, and what one of them stands for: a number of 17 bits.</summary>
    public static (int[] Integers, double Scale) RoundWeights(ReadOnlySpan<float> values)
    {
        double least = Largest(values) / 127f, bit = Math.ScaleB(1, Math.ILogB(least) - 16), scale = Math.Ceiling(least / bit) * bit;
        int[] integers = new int[values.Length];
        for (int i = 0; i < integers.Length; i++)
            integers[i] = (int)Math.Round(values[i] / scale);
        return (integers, scale);
    }

    /// <summary>y = x · weightᵀ + bias, [rows × outputs].</summary>
    public static float[] Linear(float[] x, float[] weight, float[] bias, int inputs)
    {
        int rows = x.Length / inputs, outputs = bias.Length;
        float[] y = new float[rows * outputs];
        for (int output = 0; output < outputs; output++)
        {
            (int[] w, double columnScale) = RoundWeights(weight.AsSpan(output * inputs, inputs));
            for (int row = 0; row < rows; row++)
            {
                (int[] a, double rowScale) = RoundRow(x.AsSpan(row * inputs, inputs));
                long sum = 0;
                for (int i = 0; i < inputs; i++)
                    sum += a[i] * w[i];
                y[row * outputs + output] = (float)(sum * rowScale * columnScale + bias[output]);
            }
        }
        return y;
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
