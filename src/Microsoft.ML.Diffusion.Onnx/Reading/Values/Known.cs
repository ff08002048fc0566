namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>Computed numbers: integers (booleans are 0 and 1) or doubles.</summary>
internal sealed class Known : Constant
{
    private readonly long[]? _integers;
    private readonly double[]? _numbers;

    public Known(int[] dims, long[] integers) : base(dims) => _integers = integers;

    public Known(int[] dims, double[] numbers) : base(dims) => _numbers = numbers;

    /// <summary>Whether the numbers are integers.</summary>
    public bool IsInteger => _integers is not null;

    /// <summary>The integers; floating-point numbers are cut.</summary>
    public long[] Integers => _integers ?? Array.ConvertAll(_numbers!, number => (long)number);

    /// <summary>The numbers as doubles.</summary>
    public double[] Numbers => _numbers ?? Array.ConvertAll(_integers!, number => (double)number);

    public static Known Scalar(double number) => new([], [number]);

    public static Known Vector(params long[] integers) => new([integers.Length], integers);

    public override Known ToKnown() => this;

    public override Value WithDims(int[] dims) => _integers is null ? new Known(dims, _numbers!) : new Known(dims, _integers);

    public override Value Pick(int[] map, int[] dims) => _integers is null
        ? new Known(dims, Array.ConvertAll(map, i => _numbers![i]))
        : new Known(dims, Array.ConvertAll(map, i => _integers[i]));

    public override void CopyTo(Span<float> destination) => CopyFirst(destination[..(int)Count]);

    public override void CopyFirst(Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = _numbers is null ? _integers![i] : (float)_numbers[i];
    }

    public override Constant Transposed() => (Constant)Pick(Layout.Transpose(Dims, [1, 0], out int[] dims), dims);

    public override Constant Columns(int start, int count) =>
        (Constant)Pick(Layout.Slice(Dims, Dims.Length - 1, start, 1, count, out int[] dims), dims);

    public override Constant Times(double factor) => new Known(Dims, Array.ConvertAll(Numbers, number => number * factor));
}
