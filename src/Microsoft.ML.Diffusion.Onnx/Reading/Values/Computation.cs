using Microsoft.ML.Diffusion.Onnx.Reading.Files;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>A computation on hidden states.</summary>
/// <param name="dims">The dimensions of its result.</param>
internal abstract class Computation(int[] dims)
{
    /// <summary>The dimensions of its result.</summary>
    public int[] Dims => dims;

    /// <summary>The number of elements of its result.</summary>
    public long Count { get; } = dims.Aggregate(1L, (count, dim) => count * dim);

    /// <summary>The node that computes it, or its last part.</summary>
    public OnnxNode? Node { get; set; }

    /// <summary>The terms that it is computed from.</summary>
    public virtual IReadOnlyList<Term> Inputs => [];
}

/// <summary>Rows of a table: [ids, width].</summary>
internal sealed class Lookup(int[] dims, Weight table, Known ids) : Computation(dims)
{
    public Weight Table => table;

    public Known Ids => ids;
}

/// <summary>x · weight + bias, where the weight is [inputs × outputs].</summary>
internal sealed class Linear(int[] dims, Term x, Constant weight, Constant? bias) : Computation(dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;

    public Constant Weight => weight;

    public Constant? Bias => bias;
}

/// <summary>The sum of two terms of one shape.</summary>
internal sealed class Sum(Term a, Term b) : Computation(a.Dims)
{
    public override IReadOnlyList<Term> Inputs => [a, b];

    public Term A => a;

    public Term B => b;
}

/// <summary>The product, element by element, of two terms of one shape.</summary>
internal sealed class Times(Term a, Term b) : Computation(a.Dims)
{
    public override IReadOnlyList<Term> Inputs => [a, b];

    public Term A => a;

    public Term B => b;
}

/// <summary>Parts of one shape after another: the elements of all parts, in the order of the list.</summary>
internal sealed class Joined(Term[] parts) : Computation([(int)parts.Sum(part => part.Count)])
{
    public override IReadOnlyList<Term> Inputs => parts;

    public Term[] Parts => parts;
}

/// <summary>x minus its mean over the last axis.</summary>
internal sealed class Centered(Term x) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;
}

/// <summary>Σ coefficient[i] · xⁱ, element by element.</summary>
internal sealed class Polynomial(Term x, double[] coefficients) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;

    public double[] Coefficients => coefficients;
}

/// <summary>Layer normalization over the last axis; scale and bias may be absent.</summary>
internal sealed class Normalized(Term x, double epsilon, Constant? scale, Constant? bias) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;

    public double Epsilon => epsilon;

    public Constant? Scale => scale;

    public Constant? Bias => bias;
}

/// <summary>A function of each element, named as ONNX's operator: Erf, Tanh, Sigmoid, Sqrt, Relu, Exp, IsNaN …, Gelu, GeluTanh,
/// Silu.</summary>
internal sealed class Function(string name, Term x) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public string Name => name;

    public Term X => x;
}

/// <summary>The matrix product of two terms.</summary>
internal sealed class Product(int[] dims, Term a, Term b) : Computation(dims)
{
    public override IReadOnlyList<Term> Inputs => [a, b];

    public Term A => a;

    public Term B => b;
}

/// <summary>Scores of attention, some of which are made minus infinity.</summary>
/// <param name="x">The scores.</param>
/// <param name="forbidden">1 for those that are.</param>
/// <param name="source">The value in the graph that says so.</param>
internal sealed class Masked(Term x, byte[] forbidden, MaskSource source) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;

    public byte[] Forbidden => forbidden;

    public MaskSource Source => source;
}

/// <summary>Softmax over the last axis.</summary>
internal sealed class Softmax(Term x) : Computation(x.Dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;
}

/// <summary>A reduction that keeps its axes with one element: Mean, Sum, L2.</summary>
internal sealed class Reduced(string name, Term x, int[] axes, int[] dims) : Computation(dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public string Name => name;

    public Term X => x;

    public int[] Axes => axes;

    /// <summary>Whether the last axis alone is reduced.</summary>
    public bool IsOfRows => axes.Length == 1 && axes[0] == x.Dims.Length - 1;
}

/// <summary>A result from which the logits cannot be told, such as the best label.</summary>
internal sealed class Discrete(int[] dims, Term x) : Computation(dims)
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;
}

/// <summary>The scale or zero with which a term is quantized as it is computed.</summary>
internal sealed class QuantizationOf(Term x, bool isScale) : Computation([])
{
    public override IReadOnlyList<Term> Inputs => [x];

    public Term X => x;

    public bool IsScale => isScale;
}
