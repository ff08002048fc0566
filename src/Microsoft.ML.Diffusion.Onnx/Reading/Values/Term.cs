namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>
/// A value that depends on the hidden states: element i is scale · element index[i] of what a computation gives. Operators that move
/// elements only change the index, so that heads, splits and rotations are checked by numbers, not guessed from shapes.
/// </summary>
internal sealed class Term : Value
{
    /// <summary>All elements of a computation, in its own shape.</summary>
    public Term(Computation of) : this(of, of.Dims, null, 1, null)
    {
    }

    private Term(Computation of, int[] dims, int[]? index, double scale, double[]? scales) : base(dims)
    {
        Of = of;
        Index = index is not null && IsIdentity(index, of.Count) ? null : index;
        Scale = scale;
        Scales = scales;
    }

    /// <summary>The computation.</summary>
    public Computation Of { get; }

    /// <summary>The elements; null for all of them in order.</summary>
    public int[]? Index { get; }

    /// <summary>The factor of all elements.</summary>
    public double Scale { get; }

    /// <summary>Another factor of each element; null for none.</summary>
    public double[]? Scales { get; }

    /// <summary>Whether this is the computation's result as it is, perhaps in another shape.</summary>
    public bool IsWhole => Index is null && Scale == 1 && Scales is null;

    /// <summary>The computation's element that element i is.</summary>
    public int At(int i) => Index is null ? i : Index[i];

    /// <summary>The factor of element i.</summary>
    public double ScaleAt(int i) => Scales is null ? Scale : Scale * Scales[i];

    /// <summary>Whether the elements are the same, but for the common factor.</summary>
    public bool HasElementsOf(Term other) => Of == other.Of && Count == other.Count && Same(Index, other.Index) && Same(Scales,
        other.Scales);

    public bool Equals(Term other) => Scale == other.Scale && HasElementsOf(other);

    /// <summary>The term times a number.</summary>
    public Term Times(double factor)
    {
        double scale = Scale * factor;
        return new Term(Of, Dims, Index, Math.Abs(scale - 1) < 1e-7 ? 1 : scale, Scales);
    }

    /// <summary>The term with another common factor.</summary>
    public Term WithScale(double scale) => new(Of, Dims, Index, scale, Scales);

    /// <summary>The term times a number for each element.</summary>
    public Term Times(double[] factors)
    {
        double[] scales = Scales is null ? factors : [.. factors.Select((factor, i) => factor * Scales[i])];
        return Array.TrueForAll(scales, scale => scale == scales[0]) && scales.Length > 0
            ? new Term(Of, Dims, Index, 1, null).Times(Scale * scales[0])
            : new Term(Of, Dims, Index, Scale, scales);
    }

    public override Value WithDims(int[] dims) => new Term(Of, dims, Index, Scale, Scales);

    public override Value Pick(int[] map, int[] dims) => new Term(
        Of, dims, Index is null ? map : Array.ConvertAll(map, i => Index[i]), Scale,
        Scales is null ? null : Array.ConvertAll(map, i => Scales[i]));

    private static bool IsIdentity(int[] index, long count)
    {
        if (index.Length != count)
            return false;
        for (int i = 0; i < index.Length; i++)
        {
            if (index[i] != i)
                return false;
        }
        return true;
    }

    private static bool Same<T>(T[]? a, T[]? b) where T : IEquatable<T> =>
        ReferenceEquals(a, b) || (a is not null && b is not null && a.AsSpan().SequenceEqual(b));
}
