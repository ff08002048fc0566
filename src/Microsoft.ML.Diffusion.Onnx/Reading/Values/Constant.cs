namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>Numbers that do not depend on the hidden states: computed ones, or a weight in the file.</summary>
internal abstract class Constant(int[] dims) : Value(dims)
{
    /// <summary>The numbers, computed.</summary>
    public abstract Known ToKnown();

    /// <summary>Copies the numbers as floats.</summary>
    public abstract void CopyTo(Span<float> destination);

    /// <summary>A matrix with its two dimensions exchanged.</summary>
    public abstract Constant Transposed();

    /// <summary>Some columns of the last dimension.</summary>
    public abstract Constant Columns(int start, int count);

    /// <summary>All numbers times a factor.</summary>
    public abstract Constant Times(double factor);

    /// <summary>Whether all numbers equal those of another constant of this shape.</summary>
    public bool Equals(Constant other)
    {
        if (!Dims.AsSpan().SequenceEqual(other.Dims))
            return false;
        if (this is Weight a && other is Weight b && a.IsSameAs(b))
            return true;
        if (Count > int.MaxValue)
            return false;
        // A hundred numbers tell nearly all pairs apart.
        return First(other, (int)Math.Min(Count, 100)) && (Count <= 100 || First(other, (int)Count));
    }

    private bool First(Constant other, int count)
    {
        var mine = new float[count];
        var theirs = new float[count];
        CopyFirst(mine);
        other.CopyFirst(theirs);
        return mine.AsSpan().SequenceEqual(theirs);
    }

    /// <summary>Copies the first numbers.</summary>
    public abstract void CopyFirst(Span<float> destination);
}
