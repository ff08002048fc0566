using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>Operators on numbers that are known, such as those that make masks and positions.</summary>
internal sealed partial class Evaluator
{
    private static Known Range(Arguments a)
    {
        Known start = a.Known(0), limit = a.Known(1), delta = a.Known(2);
        if (start.Count != 1 || limit.Count != 1 || delta.Count != 1)
            throw new NotUnderstoodException("its inputs are not single numbers");
        double first = start.Numbers[0], step = delta.Numbers[0], count = Math.Ceiling((limit.Numbers[0] - first) / step);
        if (!(count <= Value.MostElements))
            throw new NotUnderstoodException($"it counts from {first} to {limit.Numbers[0]} by {step}");
        int length = (int)Math.Max(count, 0);
        return start.IsInteger ? Known.Vector([.. Enumerable.Range(0, length).Select(i => (long)(first + i * step))])
            : new Known([length], [.. Enumerable.Range(0, length).Select(i => first + i * step)]);
    }

    private static Known ConstantOfShape(Arguments a)
    {
        int[] dims = [.. a.Known(0).Integers.Select(dim => dim is >= 0 and <= int.MaxValue ? (int)dim
            : throw new NotUnderstoodException($"it makes a dimension of {dim}"))];
        int count = Layout.Count(dims);
        if (a.Node.Find("value")?.Tensor is not OnnxTensor tensor)
            return new Known(dims, new double[count]);
        if (tensor.Count != 1 || tensor.Type == OnnxDataType.Undefined)
            throw new NotUnderstoodException("its value is not one number");
        Known value = new Weight(tensor).ToKnown();
        if (value.IsInteger)
        {
            var integers = new long[count];
            Array.Fill(integers, value.Integers[0]);
            return new Known(dims, integers);
        }
        var numbers = new double[count];
        Array.Fill(numbers, value.Numbers[0]);
        return new Known(dims, numbers);
    }

    private static Known CumSum(Arguments a)
    {
        Known x = a.Known(0);
        int axis = Layout.Axis(a.Known(1).Integers.FirstOrDefault(), x.Dims.Length);
        if (a.Node.Int("reverse", 0) != 0 || a.Node.Int("exclusive", 0) != 0)
            throw new NotUnderstoodException("it sums backward or without the element itself");
        int stride = Layout.Strides(x.Dims)[axis], length = x.Dims[axis];
        double[] sums = [.. x.Numbers];
        for (int i = 0; i < sums.Length; i++)
        {
            if (i / stride % length > 0)
                sums[i] += sums[i - stride];
        }
        return x.IsInteger ? new Known(x.Dims, Array.ConvertAll(sums, sum => (long)sum)) : new Known(x.Dims, sums);
    }

    private static Known Trilu(Arguments a)
    {
        Known x = a.Known(0);
        if (x.Dims.Length < 2)
            throw new NotUnderstoodException("its input is not a matrix");
        long k = a.Find(1) is null ? 0 : a.Known(1).Integers.FirstOrDefault();
        bool upper = a.Node.Int("upper", 1) != 0;
        int columns = x.Dims[^1], rows = x.Dims[^2];
        double[] kept = [.. x.Numbers];
        for (int i = 0; i < kept.Length; i++)
        {
            long distance = i % columns - i / columns % rows;
            if (upper ? distance < k : distance > k)
                kept[i] = 0;
        }
        return x.IsInteger ? new Known(x.Dims, Array.ConvertAll(kept, value => (long)value)) : new Known(x.Dims, kept);
    }

    private static Known ScatterND(Arguments a)
    {
        Known x = a.Known(0), indices = a.Known(1), updates = a.Known(2);
        if (a.Node.Text("reduction", "none") != "none")
            throw new NotUnderstoodException("it combines values");
        if (indices.Dims.Length == 0 || indices.Width > x.Dims.Length)
            throw new NotUnderstoodException("its indices do not fit its data");
        int depth = indices.Width, block = Layout.Count(x.Dims.AsSpan(depth));
        int[] strides = Layout.Strides(x.Dims);
        double[] result = [.. x.Numbers], values = updates.Numbers;
        long[] at = indices.Integers;
        int count = depth == 0 ? 0 : at.Length / depth;
        if ((long)count * block != values.Length)
            throw new NotUnderstoodException("its updates do not fit its indices");
        for (int i = 0; i < count; i++)
        {
            long offset = 0;
            for (int d = 0; d < depth; d++)
                offset += (long)Layout.Axis(at[i * depth + d], x.Dims[d]) * strides[d];
            Array.Copy(values, i * block, result, offset, block);
        }
        return x.IsInteger ? new Known(x.Dims, Array.ConvertAll(result, value => (long)value)) : new Known(x.Dims, result);
    }

    private static Value GatherND(Arguments a)
    {
        Value x = a[0];
        Known indices = a.Known(1);
        int batch = (int)a.Node.Int("batch_dims", 0);
        if (batch != 0 || indices.Dims.Length == 0 || indices.Width > x.Dims.Length || indices.Width == 0)
            throw new NotUnderstoodException("its indices do not fit its data");
        int depth = indices.Width;
        int[] strides = Layout.Strides(x.Dims);
        long[] at = indices.Integers;
        var rows = new long[at.Length / depth];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int d = 0; d < depth; d++)
                rows[i] += (long)Layout.Axis(at[i * depth + d], x.Dims[d]) * (strides[d] / strides[depth - 1]);
        }
        int[] flat = [Layout.Count(x.Dims.AsSpan(0, depth)), .. x.Dims[depth..]];
        return x.Pick(Layout.Gather(flat, 0, rows, indices.Dims[..^1], out int[] dims), dims);
    }

    private static Value GatherElements(Arguments a)
    {
        Value x = a[0];
        Known indices = a.Known(1);
        int axis = Layout.Axis(a.Node.Int("axis", 0), x.Dims.Length);
        if (indices.Dims.Length != x.Dims.Length)
            throw new NotUnderstoodException("its indices do not fit its data");
        int[] strides = Layout.Strides(x.Dims), walk = Layout.Strides(indices.Dims);
        var map = new int[indices.Count];
        long[] at = indices.Integers;
        for (int i = 0; i < map.Length; i++)
        {
            for (int d = 0; d < strides.Length; d++)
            {
                int position = i / walk[d] % indices.Dims[d];
                map[i] += strides[d] * (d == axis ? Layout.Axis(at[i], x.Dims[d])
                    : position < x.Dims[d] ? position : throw new NotUnderstoodException("its indices do not fit its data"));
            }
        }
        return x.Pick(map, indices.Dims);
    }

    private static Known NonZero(Arguments a)
    {
        Known x = a.Known(0);
        int[] strides = Layout.Strides(x.Dims);
        int[] found = [.. Enumerable.Range(0, (int)x.Count).Where(i => x.Numbers[i] != 0)];
        return new Known([x.Dims.Length, found.Length],
            [.. strides.SelectMany((stride, axis) => found.Select(i => (long)(i / stride % x.Dims[axis])))]);
    }

    /// <summary>Operators with a name and no more: of each element, or of pairs.</summary>
    private static Value Elementwise(Arguments a)
    {
        string type = a.Node.Type;
        if (a[0] is Term)
            return Apply(type, a[0]);
        Func<double, double>? function = type switch
        {
            "Abs" => Math.Abs,
            "Ceil" => Math.Ceiling,
            "Floor" => Math.Floor,
            "Round" => x => Math.Round(x),
            "Sign" => x => Math.Sign(x),
            _ => null,
        };
        if (function is not null)
            return Numbers.Map(a.Known(0), function);
        function = type switch
        {
            "Sqrt" => Math.Sqrt,
            "Exp" => Math.Exp,
            "Log" => Math.Log,
            "Sin" => Math.Sin,
            "Cos" => Math.Cos,
            "Tanh" => Math.Tanh,
            "Reciprocal" => x => 1 / x,
            "Sigmoid" => x => 1 / (1 + Math.Exp(-x)),
            "Relu" => x => Math.Max(x, 0),
            _ => null,
        };
        if (function is not null)
            return Numbers.MapToNumbers(a.Known(0), function);
        switch (type)
        {
            case "Not":
                return Numbers.Test(a.Known(0), x => x == 0);
            case "IsNaN":
                return Numbers.Test(a.Known(0), double.IsNaN);
            case "IsInf":
                return Numbers.Test(a.Known(0), double.IsInfinity);
        }
        Func<double, double, bool>? compare = type switch
        {
            "Equal" => (x, y) => x == y,
            "Less" => (x, y) => x < y,
            "Greater" => (x, y) => x > y,
            "LessOrEqual" => (x, y) => x <= y,
            "GreaterOrEqual" => (x, y) => x >= y,
            "And" => (x, y) => x != 0 && y != 0,
            "Or" => (x, y) => x != 0 || y != 0,
            "Xor" => (x, y) => (x != 0) != (y != 0),
            _ => null,
        };
        if (compare is not null)
            return Numbers.Compare(a.Known(0), a.Known(1), compare);
        return type switch
        {
            "Mod" => Numbers.Map(a.Known(0), a.Known(1), Math.IEEERemainder, (x, y) => y is 0 or -1 ? 0 : ((x % y) + y) % y),
            "BitwiseAnd" => Numbers.Map(a.Known(0), a.Known(1), (x, y) => (long)x & (long)y, (x, y) => x & y),
            "BitwiseOr" => Numbers.Map(a.Known(0), a.Known(1), (x, y) => (long)x | (long)y, (x, y) => x | y),
            _ => throw new NotUnderstoodException("this operator is not supported"),
        };
    }
}
