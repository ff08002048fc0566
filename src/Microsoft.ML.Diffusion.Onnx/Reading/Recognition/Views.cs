using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>Exact questions about which elements a term has.</summary>
internal static class Views
{
    /// <summary>Whether two terms are the same rows, in whatever shape.</summary>
    public static bool AreSame(Term a, Term b) => a.Equals(b);

    /// <summary>The linear layer whose columns a term is, all rows of them.</summary>
    public static LinearPart? Columns(Term term, out Term? input)
    {
        input = null;
        if (term.Of is not Linear linear || term.Scale != 1 || term.Scales is not null)
            return null;
        int width = term.Width, all = linear.Dims[^1];
        input = linear.X;
        if (term.Index is null && width == all)
            return new LinearPart(linear.Weight, linear.Bias);
        if (term.Count / Math.Max(width, 1) != linear.Count / all || term.Count == 0)
            return null;
        int offset = term.At(0);
        for (int i = 0; i < term.Count; i++)
        {
            if (term.At(i) != i / width * all + offset + i % width)
                return null;
        }
        return offset + width <= all ? Part(linear, offset, width) : null;
    }

    /// <summary>Some columns of a linear layer.</summary>
    public static LinearPart Part(Linear linear, int offset, int width) => offset == 0 && width == linear.Weight.Dims[1]
        ? new(linear.Weight, linear.Bias)
        : new(linear.Weight.Columns(offset, width), linear.Bias?.Columns(offset, width));

    /// <summary>The normalization that a term is the whole of.</summary>
    public static NormPart? Norm(Term term, out Term? input)
    {
        input = (term.Of as Normalized)?.X;
        return term.IsWhole && term.Of is Normalized norm
            ? new NormPart(norm.Dims[^1], norm.Epsilon, norm.Scale, norm.Bias) : null;
    }

    /// <summary>Each element as one or two elements of one computation, with factors.</summary>
    public static Resolved Resolve(Term term, int depth = 0)
    {
        Resolved inner = depth > 8 ? Leaf(term.Of) : term.Of switch
        {
            Sum sum when Resolve(sum.A, depth + 1) is { Second: null } a && Resolve(sum.B, depth + 1) is { Second: null } b &&
                a.Of == b.Of &&
                a.Of is Linear => new Resolved(a.Of, a.First, a.FirstFactors, b.First, b.FirstFactors),
            Joined joined => Join(joined, depth),
            _ => Leaf(term.Of),
        };
        int count = (int)term.Count;
        var (first, firstFactors) = (new int[count], new double[count]);
        var (second, secondFactors) = inner.Second is null ? (null, null) : (new int[count], new double[count]);
        for (int i = 0; i < count; i++)
        {
            int at = term.At(i);
            double factor = term.ScaleAt(i);
            (first[i], firstFactors[i]) = (inner.First[at], inner.FirstFactors[at] * factor);
            if (second is not null)
                (second[i], secondFactors![i]) = (inner.Second![at], inner.SecondFactors![at] * factor);
        }
        return new Resolved(inner.Of, first, firstFactors, second, secondFactors);
    }

    private static Resolved Join(Joined joined, int depth)
    {
        Resolved[] parts = [.. joined.Parts.Select(part => Resolve(part, depth + 1))];
        return !Array.TrueForAll(parts, part => part.Of == parts[0].Of && part.Second is null == parts[0].Second is null) ? Leaf(joined)
            : new Resolved(
                parts[0].Of, [.. parts.SelectMany(part => part.First)], [.. parts.SelectMany(part => part.FirstFactors)],
                parts[0].Second is null ? null : [.. parts.SelectMany(part => part.Second!)],
                parts[0].Second is null ? null : [.. parts.SelectMany(part => part.SecondFactors!)]);
    }

    private static Resolved Leaf(Computation of)
    {
        var factors = new double[of.Count];
        Array.Fill(factors, 1);
        return new Resolved(of, [.. Enumerable.Range(0, (int)of.Count)], factors, null, null);
    }
}

/// <summary>Elements as sums of one or two elements of a computation.</summary>
internal sealed record Resolved(Computation Of, int[] First, double[] FirstFactors, int[]? Second, double[]? SecondFactors);
