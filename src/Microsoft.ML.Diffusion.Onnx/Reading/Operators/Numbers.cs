using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>Arithmetic on known numbers.</summary>
internal static class Numbers
{
    /// <summary>A function of each number; integers stay integers.</summary>
    public static Known Map(Known x, Func<double, double> function) => x.IsInteger
        ? new Known(x.Dims, Array.ConvertAll(x.Integers, value => (long)function(value)))
        : MapToNumbers(x, function);

    /// <summary>A function of each number, with floating-point results.</summary>
    public static Known MapToNumbers(Known x, Func<double, double> function) =>
        new(x.Dims, Array.ConvertAll(x.Numbers, value => function(value)));

    /// <summary>A function of each number, with results 0 and 1.</summary>
    public static Known Test(Known x, Func<double, bool> function) =>
        new(x.Dims, Array.ConvertAll(x.Numbers, value => function(value) ? 1L : 0L));

    /// <summary>A function of pairs of numbers, broadcast to one shape.</summary>
    public static Known Map(Known a, Known b, Func<double, double, double> numbers, Func<long, long, long> integers)
    {
        (a, b) = Common(a, b);
        if (!a.IsInteger || !b.IsInteger)
        {
            double[] left = a.Numbers, right = b.Numbers, result = new double[left.Length];
            for (int i = 0; i < result.Length; i++)
                result[i] = numbers(left[i], right[i]);
            return new Known(a.Dims, result);
        }
        long[] x = a.Integers, y = b.Integers, z = new long[x.Length];
        for (int i = 0; i < z.Length; i++)
            z[i] = integers(x[i], y[i]);
        return new Known(a.Dims, z);
    }

    /// <summary>A comparison of pairs of numbers, broadcast to one shape.</summary>
    public static Known Compare(Known a, Known b, Func<double, double, bool> compare)
    {
        (a, b) = Common(a, b);
        double[] left = a.Numbers, right = b.Numbers;
        var result = new long[left.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = compare(left[i], right[i]) ? 1 : 0;
        return new Known(a.Dims, result);
    }

    /// <summary>The matrix product.</summary>
    public static Known MatMul(Known a, Known b)
    {
        if (a.Dims.Length < 2 || b.Dims.Length < 2)
            throw new NotUnderstoodException("it multiplies constant vectors");
        int rows = a.Dims[^2], inner = a.Dims[^1], columns = b.Dims[^1];
        if (b.Dims[^2] != inner)
            throw new NotUnderstoodException("it multiplies constants whose shapes do not fit");
        int[] batch = Layout.Common(a.Dims[..^2], b.Dims[..^2]), dims = [.. batch, rows, columns];
        Layout.Count(dims);
        double[] x = ((Known)Spread(a, [.. batch, rows, inner])).Numbers, y = ((Known)Spread(b, [.. batch, inner, columns])).Numbers;
        int count = Layout.Count(batch);
        if ((long)count * rows * inner * columns > Value.MostElements * 8L)
            throw new NotUnderstoodException("it multiplies large constants");
        var result = new double[count * rows * columns];
        for (int n = 0; n < count; n++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    double sum = 0;
                    for (int k = 0; k < inner; k++)
                        sum += x[(n * rows + i) * inner + k] * y[(n * inner + k) * columns + j];
                    result[(n * rows + i) * columns + j] = sum;
                }
            }
        }
        return new Known(dims, result);
    }

    /// <summary>A reduction over axes that stay, with one element.</summary>
    public static Known Reduce(Known x, int[] axes, Func<double, double, double> combine, double start)
    {
        int[] dims = [.. x.Dims.Select((dim, axis) => axes.Contains(axis) ? 1 : dim)];
        int[] strides = Layout.Strides(dims), sources = Layout.Strides(x.Dims);
        var result = new double[Layout.Count(dims)];
        Array.Fill(result, start);
        double[] numbers = x.Numbers;
        for (int i = 0; i < numbers.Length; i++)
        {
            int at = 0;
            for (int axis = 0; axis < dims.Length; axis++)
                at += dims[axis] == 1 ? 0 : i / sources[axis] % x.Dims[axis] * strides[axis];
            result[at] = combine(result[at], numbers[i]);
        }
        return x.IsInteger ? new Known(dims, Array.ConvertAll(result, value => (long)value)) : new Known(dims, result);
    }

    private static (Known A, Known B) Common(Known a, Known b)
    {
        int[] dims = Layout.Common(a.Dims, b.Dims);
        return ((Known)Spread(a, dims), (Known)Spread(b, dims));
    }

    private static Value Spread(Known x, int[] dims) =>
        x.Dims.AsSpan().SequenceEqual(dims) ? x : x.Pick(Layout.Broadcast(x.Dims, dims), dims);
}
