using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>
/// Arithmetic. What a model writes out in several nodes is put together as it is met: normalization, activations, linear layers with their
/// bias, masks.
/// </summary>
internal sealed partial class Evaluator
{
    private const double Forbidding = -1000;

    private static Value Add(Value a, Value b, Arguments? node)
    {
        if (a is Constant x && b is Constant y)
            return Numbers.Map(x.ToKnown(), y.ToKnown(), (p, q) => p + q, (p, q) => p + q);
        if (a is Term first && b is Term second)
            return AddTerms(first, second);
        (Term term, Constant constant, int input) = a is Term t ? (t, (Constant)b, 1) : ((Term)b, (Constant)a, 0);
        if (Parts(term, out Term core, out double[] coefficients) is var _ && constant.Count == 1 &&
            !(term.IsWhole && term.Of is Linear { Bias: null } && term.Width == 1 && constant.Dims.Length == 1))
        {
            double number = constant.ToKnown().Numbers[0];
            if (number == 0)
                return SameRank(term, constant);
            return term.Of is Product or Masked ? term // Softmax does not see what is added to all scores.
                : FromParts(core, [coefficients[0] + number, .. coefficients[1..]]);
        }
        if (IsRow(constant, term))
        {
            switch (term)
            {
                case { IsWhole: true, Of: Linear { Bias: null } linear }:
                    return Whole(new Linear(linear.Dims, linear.X, linear.Weight, AsRow(constant)), term.Dims);
                case { IsWhole: true, Of: Normalized { Bias: null } norm }:
                    return Whole(new Normalized(norm.X, norm.Epsilon, norm.Scale, AsRow(constant)), term.Dims);
            }
        }
        if (term.Of is Product or Masked && term.Scales is null)
        {
            string name = node is null ? "" : node.Node.Inputs[Math.Min(input, node.Node.Inputs.Count - 1)];
            return Mask(term, (Known)Broadcast(constant.ToKnown(), Layout.Common(constant.Dims, term.Dims)), new(name, MaskKind.Added));
        }
        if (Array.TrueForAll(constant.ToKnown().Numbers, number => number == 0))
            return SameRank(term, constant);
        throw new NotUnderstoodException(
            $"it adds a constant of shape {OnnxText.Shape(constant.Dims)} to what is neither a linear layer, a normalization nor scores");
    }

    /// <summary>The term in the rank that broadcasting with a constant gives it.</summary>
    private static Value SameRank(Term term, Constant constant) => Broadcast(term, Layout.Common(term.Dims, constant.Dims));

    private static Term AddTerms(Term a, Term b)
    {
        int[] dims = Layout.Common(a.Dims, b.Dims);
        Parts(a, out Term x, out double[] p);
        Parts(b, out Term y, out double[] q);
        if (x.HasElementsOf(y))
            return FromParts(x, [.. Enumerable.Range(0, Math.Max(p.Length, q.Length)).Select(i => At(p, i) + At(q, i))]);
        return new Term(new Sum((Term)Broadcast(a, dims), (Term)Broadcast(b, dims)));

        static double At(double[] values, int i) => i < values.Length ? values[i] : 0;
    }

    private static Value Subtract(Value a, Value b, Arguments node)
    {
        if (a is Constant x && b is Constant y)
            return Numbers.Map(x.ToKnown(), y.ToKnown(), (p, q) => p - q, (p, q) => p - q);
        if (a is Term term && b is Term { IsWhole: true, Of: Reduced { Name: "Mean", IsOfRows: true } mean } && mean.X.Equals(term) &&
            b.Dims.AsSpan().SequenceEqual(mean.Dims))
        {
            return new Term(new Centered(term));
        }
        // Softmax written out: what is subtracted from all scores of a row does not change it.
        if (a is Term scores && b is Term { IsWhole: true, Of: Reduced { Name: "Max", IsOfRows: true } max } && max.X.Equals(scores))
            return Whole(new Function("Shifted", scores), scores.Dims);
        return b is Term right ? Add(a, right.Times(-1), null) : Add(a, ((Constant)b).Times(-1), null);
    }

    private Value Multiply(Value a, Value b)
    {
        if (a is Constant x && b is Constant y)
            return MultiplyConstants(x, y);
        if (a is Term first && b is Term second)
            return MultiplyTerms(first, second);
        (Term term, Constant constant) = a is Term t ? (t, (Constant)b) : ((Term)b, (Constant)a);
        if (constant.Count == 1)
            return ((Term)SameRank(term, constant)).Times(constant.ToKnown().Numbers[0]);
        if (IsRow(constant, term) && term is { IsWhole: true, Of: Normalized { Scale: null, Bias: null } norm })
            return Whole(new Normalized(norm.X, norm.Epsilon, AsRow(constant), null), term.Dims);
        int[] dims = Layout.Common(term.Dims, constant.Dims);
        Charge(2L * Layout.Count(dims));
        return ((Term)Broadcast(term, dims)).Times(((Known)Broadcast(constant.ToKnown(), dims)).Numbers);
    }

    private static Value MultiplyConstants(Constant x, Constant y)
    {
        // A weight that is scaled as a whole stays a weight.
        if (x is Weight { IsInteger: false, Dims.Length: 2 } weight && y.Count == 1 && y.Dims.Length <= 2)
            return weight.Times(y.ToKnown().Numbers[0]);
        if (y is Weight { IsInteger: false, Dims.Length: 2 } other && x.Count == 1 && x.Dims.Length <= 2)
            return other.Times(x.ToKnown().Numbers[0]);
        return Numbers.Map(x.ToKnown(), y.ToKnown(), (p, q) => p * q, (p, q) => p * q);
    }

    private Value MultiplyTerms(Term a, Term b)
    {
        if (Normalize(a, b) is Term norm)
            return norm;
        Parts(a, out Term x, out double[] p);
        Parts(b, out Term y, out double[] q);
        if (x.HasElementsOf(y) && p.Length + q.Length <= 5)
        {
            var product = new double[p.Length + q.Length - 1];
            for (int i = 0; i < p.Length; i++)
            {
                for (int j = 0; j < q.Length; j++)
                    product[i + j] += p[i] * q[j];
            }
            return FromParts(x, product);
        }
        if ((Activate(x, p, y, q) ?? Activate(y, q, x, p)) is Term activated)
            return activated;
        if ((Scale(a, b) ?? Scale(b, a) ?? UndoDivision(a, b) ?? UndoDivision(b, a) ?? ScaleRows(a, b) ??
            ScaleRows(b, a)) is Term scaled)
        {
            return scaled;
        }
        // Rows of a table of sines and cosines are numbers.
        if (b.Of is Lookup && a.Of is not Lookup)
            return Multiply(a, RowsOf(b));
        if (a.Of is Lookup && b.Of is not Lookup)
            return Multiply(b, RowsOf(a));
        int[] dims = Layout.Common(a.Dims, b.Dims);
        return new Term(new Times((Term)Broadcast(a, dims), (Term)Broadcast(b, dims)));
    }

    /// <summary>Completes an integer product by the scales of its two sides.</summary>
    private static Term? Scale(Term product, Term scales)
    {
        if (scales.Of is not QuantizationOf { IsScale: true } of || product is not { IsWhole: true, Of: Linear { Bias: null } linear } ||
            !of.X.Equals(linear.X) || linear.Weight is not Weight weight)
        {
            return null;
        }
        int columns = product.Width;
        if (scales.Count != 1 && scales.Count != columns)
            throw new NotUnderstoodException($"it has {scales.Count} scales for {columns} columns");
        double[] factors = scales.Count == 1 ? [scales.ScaleAt(0)]
            : [.. Enumerable.Range(0, columns).Select(scales.ScaleAt)];
        return Whole(new Linear(linear.Dims, linear.X, weight.Scaled(factors, 1), null), product.Dims);
    }

    /// <summary>Looked-up rows of integers times the looked-up scale of each row; null if this is something else.</summary>
    private static Term? ScaleRows(Term rows, Term scales)
    {
        if (rows is not { IsWhole: true, Of: Lookup { Table.IsInteger: true } lookup } ||
            scales is not { IsWhole: true, Of: Lookup { Table: { IsInteger: false, Dims: [var count, 1] } factors } other } ||
            count != lookup.Table.Dims[0] || !other.Ids.Integers.AsSpan().SequenceEqual(lookup.Ids.Integers))
        {
            return null;
        }
        return Whole(new Lookup(lookup.Dims, lookup.Table.Dequantized(factors.ToKnown().Numbers, [0], 0), lookup.Ids), rows.Dims);
    }

    /// <summary>A linear layer of rows that were divided by their greatest numbers, times these numbers; null if this is none.</summary>
    private static Term? UndoDivision(Term product, Term greatest)
    {
        if (greatest is not { IsWhole: true, Of: Reduced { Name: "Max", IsOfRows: true } reduced } ||
            reduced.X is not { IsWhole: true, Of: Function { Name: "Abs" } of } ||
            product is not { IsWhole: true, Of: Linear { Bias: null, X: { IsWhole: true, Of: Times divided } } linear } ||
            divided.B is not { Scale: 1, Scales: null, Of: Function { Name: "Reciprocal", X: { IsWhole: true } by } } || by.Of != greatest.Of || !of.X.Equals(divided.A))
        {
            return null;
        }
        int width = divided.Dims[^1];
        for (int i = 0; i < divided.B.Count; i++)
        {
            if (divided.B.At(i) != i / width)
                return null;
        }
        return Whole(new Linear(linear.Dims, divided.A, linear.Weight, null), product.Dims);
    }

    /// <summary>x · k(1 + erf(x/√2)) and its relatives; null if this is none.</summary>
    private static Term? Activate(Term x, double[] outer, Term gate, double[] inner)
    {
        if (outer.Length != 2 || outer[0] != 0 || inner.Length != 2 || gate.Of is not Function function || !gate.IsWhole)
            return null;
        Parts(function.X, out Term argument, out double[] p);
        if (!argument.HasElementsOf(x))
            return null;
        double k = outer[1], c = inner[1];
        bool isHalf = Near(inner[0], c);
        if (function.Name == "Erf" && isHalf && p.Length == 2 && Near(p[0], 0) && Near(p[1], Math.Sqrt(0.5)))
            return Whole(new Function("Gelu", x), x.Dims).Times(2 * k * c);
        const double cube = 0.044715;
        double root = Math.Sqrt(2 / Math.PI);
        if (function.Name == "Tanh" && isHalf && p.Length == 4 && Near(p[1], root) && Near(p[2], 0) && Near(p[3], root * cube))
            return Whole(new Function("GeluTanh", x), x.Dims).Times(2 * k * c);
        if (function.Name == "Sigmoid" && inner[0] == 0 && p.Length == 2)
        {
            if (Near(p[1], 1))
                return Whole(new Function("Silu", x), x.Dims).Times(k * c);
            throw new NotUnderstoodException(
                $"it is x · sigmoid({p[1]:0.###} x), such as quick_gelu; expected GELU (exact or by tanh), ReLU, SiLU or tanh");
        }
        return null;
    }

    private Value Divide(Value a, Value b, Arguments node)
    {
        if (a is Constant x && b is Constant y)
            return Numbers.Map(x.ToKnown(), y.ToKnown(), (p, q) => p / q, (p, q) => q == 0 ? 0 : q == -1 ? -p : p / q);
        if (b is Constant divisor)
            return Multiply(a, Numbers.MapToNumbers(divisor.ToKnown(), number => 1 / number));
        if (a is Term term)
        {
            if (Normalize(term, (Term)Apply("Reciprocal", b)) is Term norm)
                return norm;
            if (term is { IsWhole: true, Of: Function { Name: "Exp", X: { IsWhole: true, Of: Function { Name: "Shifted" } shifted } } } &&
                b is Term { IsWhole: true, Of: Reduced { Name: "Sum", IsOfRows: true } sum } && sum.X.Equals(term))
            {
                return Whole(new Softmax(shifted.X), term.Dims);
            }
            int[] dims = Layout.Common(a.Dims, b.Dims);
            return new Term(new Times((Term)Broadcast(term, dims), (Term)Broadcast(Apply("Reciprocal", b), dims)));
        }
        return Multiply(a, Apply("Reciprocal", b));
    }

    /// <summary>(x − mean) · 1/√(variance + ε); null if this is something else.</summary>
    private static Term? Normalize(Term a, Term b)
    {
        foreach ((Term numerator, Term inverse) in new[] { (a, b), (b, a) })
        {
            if (numerator is { IsWhole: true, Of: Centered centered } && inverse.IsWhole && Root(inverse) is Term variance)
            {
                Parts(variance, out Term core, out double[] p);
                if (core is { IsWhole: true, Of: Reduced { Name: "Mean", IsOfRows: true } mean } && p.Length == 2 && p[1] > 0)
                {
                    Parts(mean.X, out Term squared, out double[] q);
                    if (squared.Equals(numerator) && q.Length == 3 && q[0] == 0 && q[1] == 0 && Near(p[1] * q[2], 1))
                        return Whole(new Normalized(centered.X, p[0], null, null), numerator.Dims);
                }
            }
        }
        return null;

        // The x of 1/√x.
        static Term? Root(Term inverse) => inverse.Of switch
        {
            Function { Name: "Reciprocal", X: { IsWhole: true, Of: Function { Name: "Sqrt" } root } } => root.X,
            Function { Name: "Rsqrt" } root => root.X,
            _ => null,
        };
    }

    private static Value Power(Value a, Value b)
    {
        Known exponent = (b as Constant)?.ToKnown() ?? throw new NotUnderstoodException("its exponent depends on the hidden states");
        if (a is Constant known)
            return Numbers.Map(known.ToKnown(), exponent, Math.Pow, (x, y) => (long)Math.Pow(x, y));
        var term = (Term)a;
        if (exponent.Count != 1)
            throw new NotUnderstoodException("it raises to several powers");
        double power = exponent.Numbers[0];
        if (power is 0.5 or -0.5)
            return Apply(power > 0 ? "Sqrt" : "Rsqrt", term);
        Parts(term, out Term core, out double[] p);
        if (power is 2 or 3 && p.Length == 2 && p[0] == 0)
            return FromParts(core, power == 2 ? [0, 0, p[1] * p[1]] : [0, 0, 0, p[1] * p[1] * p[1]]);
        throw new NotUnderstoodException($"it raises hidden states to the power {power}");
    }

    private Value Where(Arguments a)
    {
        Value condition = a[0], x = a[1], y = a[2];
        if (condition is Term { Of: Function { Name: "IsNaN" } test })
        {
            // Softmax over a row that is masked as a whole gives none of a number; such rows are padding.
            return y is Term guarded && guarded.Equals(test.X) ? y
                : throw new NotUnderstoodException("it replaces what is not a number in another way than a guard after softmax");
        }
        Known test01 = a.Known(0);
        if (x is Constant first && y is Constant second)
        {
            int[] all = Layout.Common(test01.Dims, Layout.Common(x.Dims, y.Dims));
            Known p = (Known)Broadcast(first.ToKnown(), all), q = (Known)Broadcast(second.ToKnown(), all);
            Known c = (Known)Broadcast(test01, all);
            long[] choice = c.Integers;
            return p.IsInteger && q.IsInteger
                ? new Known(all, [.. choice.Select((chosen, i) => chosen != 0 ? p.Integers[i] : q.Integers[i])])
                : Choose(all, choice, p.Numbers, q.Numbers);
        }
        int[] dims = Layout.Common(test01.Dims, Layout.Common(x.Dims, y.Dims));
        long[] chosen01 = ((Known)Broadcast(test01, dims)).Integers;
        if (x is Term && y is Term)
        {
            return Array.TrueForAll(chosen01, chosen => chosen != 0) ? Broadcast(x, dims)
                : Array.TrueForAll(chosen01, chosen => chosen == 0) ? Broadcast(y, dims)
                : throw new NotUnderstoodException("it chooses between hidden states");
        }
        bool keepsFirst = x is Term;
        var term = (Term)Broadcast(keepsFirst ? x : y, dims);
        double[] constants = ((Known)Broadcast(((Constant)(keepsFirst ? y : x)).ToKnown(), dims)).Numbers;
        bool[] kept = Array.ConvertAll(chosen01, chosen => chosen != 0 == keepsFirst);
        if (term.Of is Product or Masked && Enumerable.Range(0, kept.Length).All(i => kept[i] || constants[i] <= Forbidding))
        {
            var added = new Known(dims, [.. kept.Select(keep => keep ? 0.0 : double.NegativeInfinity)]);
            return Mask(term, added, new(a.Node.Inputs[0], keepsFirst ? MaskKind.Allows : MaskKind.Forbids));
        }
        if (Enumerable.Range(0, kept.Length).All(i => kept[i] || constants[i] == 0))
        {
            Charge(2L * kept.Length);
            return term.Times([.. kept.Select(keep => keep ? 1.0 : 0)]);
        }
        throw new NotUnderstoodException("it replaces hidden states by constants, and is not the mask of attention's scores");

        static Known Choose(int[] dims, long[] choice, double[] p, double[] q)
        {
            var result = new double[choice.Length];
            for (int i = 0; i < result.Length; i++)
                result[i] = choice[i] != 0 ? p[i] : q[i];
            return new Known(dims, result);
        }
    }

    /// <summary>Scores plus a mask of 0 and very negative numbers.</summary>
    private static Value Mask(Term scores, Known added, MaskSource source)
    {
        if (added.Count != scores.Count)
            throw new NotUnderstoodException(
                $"it masks scores of shape {OnnxText.Shape(scores.Dims)} by a mask of shape {OnnxText.Shape(added.Dims)}");
        double[] numbers = added.Numbers;
        double greatest = numbers.Length == 0 ? 0 : numbers.Max();
        var forbidden = new byte[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            double below = numbers[i] - greatest;
            if (below <= Forbidding)
                forbidden[i] = 1;
            else if (!(Math.Abs(below) < 1e-6))
                throw new NotUnderstoodException(
                    $"it adds {numbers[i]} to a score, a bias; expected a mask of 0 and very negative numbers");
        }
        return new Term(new Masked((Term)scores, forbidden, source)).WithDims(added.Dims);
    }

    private static Value MinMax(Value a, Value b, bool isMax)
    {
        if (a is Constant x && b is Constant y)
            return isMax ? Numbers.Map(x.ToKnown(), y.ToKnown(), Math.Max, Math.Max)
                : Numbers.Map(x.ToKnown(), y.ToKnown(), Math.Min, Math.Min);
        (Term term, Value other) = a is Term t ? (t, b) : ((Term)b, a);
        if (other is Constant { Count: 1 } limit)
            return Limit(term, isMax ? limit.ToKnown().Numbers[0] : double.NegativeInfinity, isMax ? double.PositiveInfinity
                : limit.ToKnown().Numbers[0]);
        throw new NotUnderstoodException("it compares hidden states");
    }

    private static Value Clip(Arguments a)
    {
        double low = a.Find(1) is null ? a.Node.Float("min", double.NegativeInfinity) : a.Known(1).Numbers[0];
        double high = a.Find(2) is null ? a.Node.Float("max", double.PositiveInfinity) : a.Known(2).Numbers[0];
        return a[0] is Term term ? Limit(term, low, high) : Numbers.Map(a.Known(0), x => Math.Min(Math.Max(x, low), high));
    }

    private static Value Limit(Term term, double low, double high)
    {
        bool isLength = term.Of is Reduced { Name: "L2" } or Function { Name: "Sqrt" };
        if (isLength && low is > 0 and <= 1e-5 && high > 1e30)
            return term;
        if (term.Of is Masked or Product && low <= -1e30 && high > 1e30)
            return term;
        if (term.Of is Reduced { Name: "Max", X: { IsWhole: true, Of: Function { Name: "Abs" } } } && low is > 0 and <= 1e-5 && high > 1e30)
            return term;
        if (low == 0 && double.IsPositiveInfinity(high))
            return Apply("Relu", term);
        throw new NotUnderstoodException($"it limits hidden states to {low} … {high}");
    }

    /// <summary>A function of each element.</summary>
    private static Value Apply(string name, Value x)
    {
        if (x is Constant constant)
        {
            return name switch
            {
                "Reciprocal" => Numbers.MapToNumbers(constant.ToKnown(), number => 1 / number),
                "Sqrt" => Numbers.MapToNumbers(constant.ToKnown(), Math.Sqrt),
                _ => throw new NotUnderstoodException("it computes with constants alone, by an operator that is not supported"),
            };
        }
        var term = (Term)x;
        if (term.Of is Lookup && name is "Cos" or "Sin")
            return Numbers.MapToNumbers(RowsOf(term), name == "Cos" ? Math.Cos : Math.Sin);
        return name switch
        {
            "Erf" or "Tanh" or "Sigmoid" or "Sqrt" or "Rsqrt" or "Reciprocal" or "Relu" or "Exp" or "IsNaN" or "Abs" or "Gelu" or
                "GeluTanh" =>
                Whole(new Function(name, term), term.Dims),
            "Swish" or "Silu" => Whole(new Function("Silu", term), term.Dims),
            "QuickGelu" => throw new NotUnderstoodException("expected GELU (exact or by tanh), ReLU, SiLU or tanh"),
            _ => throw new NotUnderstoodException("this operator is not supported on hidden states"),
        };
    }

    /// <summary>The rows of a table that were looked up, as numbers.</summary>
    private static Known RowsOf(Term term)
    {
        var lookup = (Lookup)term.Of;
        int width = lookup.Table.Dims[1];
        long[] ids = lookup.Ids.Integers;
        double[] table = lookup.Table.ToKnown().Numbers;
        int rows = lookup.Table.Dims[0];
        var numbers = new double[term.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            int at = term.At(i);
            long id = ids[at / width];
            numbers[i] = term.ScaleAt(i) * table[(id < 0 ? id + rows : id) * width + at % width];
        }
        return new Known(term.Dims, numbers);
    }

    private static Term Whole(Computation computation, int[] dims) => (Term)new Term(computation).WithDims(dims);

    /// <summary>Takes a polynomial apart: its argument without a factor, and the coefficients, at least two.</summary>
    private static bool Parts(Term term, out Term core, out double[] coefficients)
    {
        if (term.Of is Polynomial polynomial && term.Index is null && term.Scales is null)
        {
            core = (Term)polynomial.X.WithDims(term.Dims);
            coefficients = Array.ConvertAll(polynomial.Coefficients, c => c * term.Scale);
            return true;
        }
        core = term.WithScale(1);
        coefficients = [0, term.Scale];
        return false;
    }

    private static Term FromParts(Term core, double[] coefficients)
    {
        int degree = Array.FindLastIndex(coefficients, c => c != 0);
        return degree == 1 && coefficients[0] == 0 ? core.Times(coefficients[1])
            : Whole(new Polynomial(core, coefficients[..Math.Max(degree + 1, 2)]), core.Dims);
    }

    /// <summary>Whether a constant has one number for each element of a term's last axis.</summary>
    private static bool IsRow(Constant constant, Term term) =>
        constant.Count == term.Width && (constant.Width == term.Width || term.Width == 1) && constant.Dims.Length is > 0 &&
        constant.Dims.Length <= term.Dims.Length;

    private static Constant AsRow(Constant constant) =>
        constant.Dims.Length == 1 ? constant : (Constant)constant.WithDims([(int)constant.Count]);

    /// <summary>Whether two numbers are equal as far as half precision can tell.</summary>
    private static bool Near(double x, double expected) => Math.Abs(x - expected) <= 2e-3 * Math.Max(Math.Abs(expected), 0.02);
}
