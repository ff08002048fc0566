using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>Matrix products, normalizations and reductions.</summary>
internal sealed partial class Evaluator
{
    private static Value MatMul(Value a, Value b)
    {
        if (a is Constant x && b is Constant y)
            return Numbers.MatMul(x.ToKnown(), y.ToKnown());
        if (a is Term term && b is Constant weight)
            return LinearOf(term, weight, null);
        if (a is Term left && b is Term right)
            return ProductOf(left, right);
        throw new NotUnderstoodException("it multiplies a constant by hidden states from the left");
    }

    private static Term LinearOf(Term x, Constant weight, Constant? bias)
    {
        if (weight.Dims.Length > 2 && weight.Dims[..^2].All(dim => dim == 1))
            weight = (Constant)weight.WithDims(weight.Dims[^2..]);
        if (weight.Dims.Length != 2 || x.Dims.Length < 2 || x.Width != weight.Dims[0])
            throw new NotUnderstoodException(
                $"it multiplies {OnnxText.Shape(x.Dims)} by a constant of shape {OnnxText.Shape(weight.Dims)}");
        if (bias is not null && bias.Count != weight.Dims[1])
            throw new NotUnderstoodException($"its bias has shape {OnnxText.Shape(bias.Dims)}; expected [{weight.Dims[1]}]");
        int[] dims = [.. x.Dims[..^1], weight.Dims[1]];
        // Logits over a large vocabulary are never held, only described.
        if (x.Count / Math.Max(x.Width, 1) * weight.Dims[1] > int.MaxValue)
            throw new NotUnderstoodException($"it multiplies by a weight of shape {OnnxText.Shape(weight.Dims)}");
        return new Term(new Linear(dims, x, weight, bias is null ? null : AsRow(bias)));
    }

    private static Term ProductOf(Term a, Term b)
    {
        if (a.Dims.Length < 2 || a.Dims.Length != b.Dims.Length || a.Dims[^1] != b.Dims[^2] ||
            !a.Dims.AsSpan(..^2).SequenceEqual(b.Dims.AsSpan(..^2)))
            throw new NotUnderstoodException($"it multiplies {OnnxText.Shape(a.Dims)} by {OnnxText.Shape(b.Dims)}");
        int[] dims = [.. a.Dims[..^1], b.Dims[^1]];
        Layout.Count(dims);
        return new Term(new Product(dims, a.WithScale(1), b.WithScale(1))).Times(a.Scale * b.Scale);
    }

    private static Term Gemm(Arguments a)
    {
        Value x = a.Node.Int("transA", 0) != 0 ? Transpose(a[0], [1, 0]) : a[0];
        Value y = a.Node.Int("transB", 0) != 0 ? Transpose(a[1], [1, 0]) : a[1];
        double alpha = a.Node.Float("alpha", 1), beta = a.Node.Float("beta", 1);
        if (x is not Term term || y is not Constant weight)
            throw new NotUnderstoodException("it is not hidden states times a weight");
        Constant? bias = a.FindConstant(2);
        if (bias is not null && bias.Count != weight.Dims[^1])
        {
            // A bias of one number for all columns, or of a whole matrix.
            bias = bias.Count == 1 ? (Constant)Broadcast(bias.ToKnown(), [weight.Dims[^1]])
                : throw new NotUnderstoodException($"its bias has shape {OnnxText.Shape(bias.Dims)}");
        }
        return LinearOf(term, weight.Times(alpha), bias?.Times(beta));
    }

    private static Term SoftmaxOf(Arguments a)
    {
        int rank = a[0].Dims.Length;
        int axis = Layout.Axis(a.Node.Int("axis", -1), rank);
        // Before opset 13 the default axis is 1, and all axes from there are one.
        if (a.Node.Find("axis") is not null && axis != rank - 1)
            throw new NotUnderstoodException($"it runs over axis {axis} of {rank}; expected the last");
        return Whole(new Softmax(a.Term(0)), a[0].Dims);
    }

    private static Value Reduce(Arguments a, string name)
    {
        Value x = a[0];
        int rank = x.Dims.Length;
        long[]? given = Axes(a);
        if (given is not { Length: > 0 } && a.Node.Int("noop_with_empty_axes", 0) != 0)
            return x;
        int[] axes = given is { Length: > 0 } ? [.. given.Select(axis => Layout.Axis(axis, rank)).Order()] : [.. Enumerable.Range(0, rank)];
        int[] kept = [.. x.Dims.Select((dim, axis) => axes.Contains(axis) ? 1 : dim)];
        Value result = x is Constant constant ? ReduceKnown(constant.ToKnown(), axes, name) : ReduceTerm((Term)x, axes, name, kept);
        return a.Node.Int("keepdims", 1) != 0 ? result : result.WithDims([.. x.Dims.Where((_, axis) => !axes.Contains(axis))]);
    }

    private static Term ReduceTerm(Term x, int[] axes, string name, int[] dims) => name is "Mean" or "Sum" or "L2" or "Max"
        ? new Term(new Reduced(name, x, axes, dims))
        : throw new NotUnderstoodException("this reduction is not supported on hidden states");

    private static Known ReduceKnown(Known x, int[] axes, string name)
    {
        double count = axes.Aggregate(1.0, (product, axis) => product * x.Dims[axis]);
        return name switch
        {
            "Sum" => Numbers.Reduce(x, axes, (a, b) => a + b, 0),
            "Mean" => Numbers.Map(Numbers.Reduce(x, axes, (a, b) => a + b, 0), sum => sum / count),
            "Max" => Numbers.Reduce(x, axes, Math.Max, double.NegativeInfinity),
            "Min" => Numbers.Reduce(x, axes, Math.Min, double.PositiveInfinity),
            "Prod" => Numbers.Reduce(x, axes, (a, b) => a * b, 1),
            _ => throw new NotUnderstoodException("this reduction is not supported on constants"),
        };
    }

    private static Term LpNormalization(Arguments a)
    {
        Term x = a.Term(0);
        int axis = Layout.Axis(a.Node.Int("axis", -1), x.Dims.Length);
        if (a.Node.Int("p", 2) != 2)
            throw new NotUnderstoodException("it divides by another length than the Euclidean");
        int[] dims = [.. x.Dims.Select((dim, i) => i == axis ? 1 : dim)];
        var length = new Term(new Reduced("L2", x, [axis], dims));
        return new Term(new Times(x, (Term)Broadcast(Apply("Reciprocal", length), x.Dims)));
    }

    private static Value[] LayerNormalization(Arguments a)
    {
        Term x = a.Term(0);
        if (Layout.Axis(a.Node.Int("axis", -1), x.Dims.Length) != x.Dims.Length - 1)
            throw new NotUnderstoodException("it normalizes over another axis than the last");
        return [NormOf(x, a.FindConstant(1), a.FindConstant(2), a.Node.Float("epsilon", 1e-5))];
    }

    /// <summary>x divided by its root mean square: of x − mean, which is what ONNX Runtime fuses, it is a layer normalization.</summary>
    private static Term RootMeanSquare(Arguments a)
    {
        Term x = a.Term(0);
        if (x is not { IsWhole: true, Of: Centered centered })
            throw new NotUnderstoodException("it divides by the root mean square without subtracting the mean (RMSNorm); expected " +
                "layer normalization");
        Term norm = NormOf(centered.X, a.FindConstant(1), null, a.Node.Float("epsilon", 1e-5));
        return (Term)norm.WithDims(x.Dims);
    }

    private static Term NormOf(Term x, Constant? scale, Constant? bias, double epsilon)
    {
        foreach (Constant? vector in new[] { scale, bias })
        {
            if (vector is not null && vector.Count != x.Width)
                throw new NotUnderstoodException($"its scale or bias has shape {OnnxText.Shape(vector.Dims)}; expected [{x.Width}]");
        }
        return new Term(new Normalized(x, epsilon, scale is null ? null : AsRow(scale), bias is null ? null : AsRow(bias)));
    }

    private static Term ArgMax(Arguments a)
    {
        Term x = a.Term(0);
        int axis = Layout.Axis(a.Node.Int("axis", 0), x.Dims.Length);
        bool keeps = a.Node.Int("keepdims", 1) != 0;
        int[] dims = [.. x.Dims.Select((dim, i) => i == axis ? 1 : dim).Where((_, i) => keeps || i != axis)];
        return new Term(new Discrete(dims, x));
    }
}
