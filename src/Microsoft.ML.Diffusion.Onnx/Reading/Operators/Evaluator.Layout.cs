using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>Operators that move elements.</summary>
internal sealed partial class Evaluator
{
    private static Value Cast(Arguments a)
    {
        if (a[0] is Term or Weight { IsInteger: false } || a[0] is not Constant constant)
            return a[0];
        var to = (OnnxDataType)a.Node.Int("to", 1);
        if (OnnxDataTypes.SizeOf(to) == 0)
            throw new NotUnderstoodException("it casts to a type that is not read");
        if (OnnxDataTypes.IsFloat(to))
            return constant is Weight ? constant : new Known(constant.Dims, constant.ToKnown().Numbers);
        Known known = constant.ToKnown();
        return to == OnnxDataType.Bool ? new Known(known.Dims, Array.ConvertAll(known.Numbers, x => x == 0 ? 0L : 1L))
            : new Known(known.Dims, known.Integers);
    }

    private static IEnumerable<long> ShapeOf(Arguments a)
    {
        int rank = a[0].Dims.Length;
        int start = Clamp(a.Node.Int("start", 0)), end = Clamp(a.Node.Int("end", rank));
        return a[0].Dims.Skip(start).Take(end - start).Select(dim => (long)dim);

        int Clamp(long index) => (int)Math.Clamp(index < 0 ? index + rank : index, 0, rank);
    }

    private static Value Reshape(Value x, long[] shape, bool allowZero = false)
    {
        if (shape.Length > 8)
            throw new NotUnderstoodException("it reshapes to more than eight dimensions");
        var dims = new int[shape.Length];
        long known = 1;
        int open = -1;
        for (int i = 0; i < shape.Length; i++)
        {
            long dim = shape[i] == 0 && !allowZero ? (i < x.Dims.Length ? x.Dims[i] : -2) : shape[i];
            if (dim == -1 && open < 0)
            {
                open = i;
                continue;
            }
            if (dim is < 0 or > int.MaxValue || (dim != 0 && known > Value.MostElements * 64L / dim))
                throw new NotUnderstoodException($"it reshapes {OnnxText.Shape(x.Dims)} to [{string.Join(", ", shape)}]");
            (dims[i], known) = ((int)dim, known * dim);
        }
        if (open >= 0)
            dims[open] = known == 0 ? 0 : (int)(x.Count / known);
        if (dims.Aggregate(1L, (count, dim) => count * dim) != x.Count)
            throw new NotUnderstoodException($"it reshapes {OnnxText.Shape(x.Dims)} to [{string.Join(", ", shape)}]");
        return x.WithDims(dims);
    }

    private static Value Flatten(Arguments a)
    {
        int rank = a[0].Dims.Length;
        long axis = a.Node.Int("axis", 1);
        int at = (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
        return a[0].WithDims([Layout.Count(a[0].Dims.AsSpan(0, at)), Layout.Count(a[0].Dims.AsSpan(at))]);
    }

    private static Value Transpose(Value x, long[]? order)
    {
        int rank = x.Dims.Length;
        int[] axes = order is null ? [.. Enumerable.Range(0, rank).Reverse()] : [.. order.Select(axis => Layout.Axis(axis, rank))];
        if (axes.Length != rank || axes.Distinct().Count() != rank)
            throw new NotUnderstoodException($"it transposes {OnnxText.Shape(x.Dims)} by [{string.Join(", ", axes)}]");
        return x is Weight weight ? weight.Transpose(axes) : x.Pick(Layout.Transpose(x.Dims, axes, out int[] dims), dims);
    }

    private static long[]? Axes(Arguments a, int input = 1) =>
        a.Find(input) is not null ? a.Known(input).Integers : a.Node.Ints("axes");

    private static Value Squeeze(Arguments a)
    {
        Value x = a[0];
        int[]? axes = Axes(a)?.Select(axis => Layout.Axis(axis, x.Dims.Length)).ToArray();
        return x.WithDims([.. x.Dims.Where((dim, axis) => axes is null ? dim != 1 : !axes.Contains(axis))]) is var squeezed &&
            squeezed.Count == x.Count ? squeezed : throw new NotUnderstoodException("it removes a dimension that is not 1");
    }

    private static Value Unsqueeze(Arguments a)
    {
        long[] axes = Axes(a) ?? throw new NotUnderstoodException("it names no axes");
        int rank = a[0].Dims.Length + axes.Length;
        if (rank > 8)
            throw new NotUnderstoodException("it makes more than eight dimensions");
        var dims = new List<int>(a[0].Dims);
        foreach (int axis in axes.Select(axis => Layout.Axis(axis, rank)).Order())
            dims.Insert(Math.Min(axis, dims.Count), 1);
        return a[0].WithDims([.. dims]);
    }

    private static Value Slice(Arguments a)
    {
        Value x = a[0];
        long[] starts = a.Find(1) is null ? a.Node.Ints("starts") ?? [] : a.Known(1).Integers;
        long[] ends = a.Find(2) is null ? a.Node.Ints("ends") ?? [] : a.Known(2).Integers;
        long[] axes = Axes(a, 3) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = a.Find(4) is null ? [.. starts.Select(_ => 1L)] : a.Known(4).Integers;
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw new NotUnderstoodException("its starts, ends, axes and steps are not as many");
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = Layout.Axis(axes[i], x.Dims.Length);
            long length = x.Dims[axis], step = steps[i];
            if (step is 0 or > int.MaxValue or < -int.MaxValue)
                throw new NotUnderstoodException("it slices with a step of 0");
            long start = Math.Clamp(starts[i] < 0 ? starts[i] + length : starts[i], 0, step > 0 ? length : Math.Max(length - 1, 0));
            long end = Math.Clamp(ends[i] < 0 ? ends[i] + length : ends[i], step > 0 ? 0 : -1, step > 0 ? length : length - 1);
            long count = Math.Max(0, step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step);
            x = x is Weight weight && step == 1 && count > 0 ? weight.Slice(axis, (int)start, (int)count)
                : x.Pick(Layout.Slice(x.Dims, axis, (int)start, (int)step, (int)count, out int[] dims), dims);
        }
        return x;
    }

    private static Value SliceAxis(Value x, int axis, int start, int count) => x is Weight weight ? weight.Slice(axis, start, count)
        : x.Pick(Layout.Slice(x.Dims, axis, start, 1, count, out int[] dims), dims);

    private static Value[] Split(Arguments a)
    {
        Value x = a[0];
        int axis = Layout.Axis(a.Node.Int("axis", 0), x.Dims.Length), length = x.Dims[axis];
        long[]? sizes = a.Find(1) is not null ? a.Known(1).Integers : a.Node.Ints("split");
        if (sizes is null)
        {
            int parts = a.Node.Outputs.Count, size = (length + parts - 1) / parts;
            sizes = [.. Enumerable.Range(0, parts).Select(i => (long)Math.Clamp(length - i * size, 0, size))];
        }
        if (sizes.Sum() != length || sizes.Any(size => size < 0))
            throw new NotUnderstoodException($"it splits {length} into [{string.Join(", ", sizes)}]");
        var results = new Value[sizes.Length];
        int start = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            results[i] = SliceAxis(x, axis, start, (int)sizes[i]);
            start += (int)sizes[i];
        }
        return results;
    }

    private static Value Concat(Arguments a)
    {
        Value[] parts = [.. a.Inputs.Select(part => part ?? throw new NotUnderstoodException("it lacks an input"))];
        if (parts.Length == 0)
            throw new NotUnderstoodException("it has no inputs");
        if (parts.Length == 1)
            return parts[0];
        int rank = parts[0].Dims.Length, axis = Layout.Axis(a.Node.Int("axis", 0), rank);
        int[] dims = [.. parts[0].Dims];
        foreach (Value part in parts)
        {
            if (part.Dims.Length != rank || part.Dims.Where((dim, i) => i != axis && dim != dims[i]).Any())
                throw new NotUnderstoodException("its inputs have shapes that do not fit");
        }
        dims[axis] = parts.Sum(part => part.Dims[axis]);
        int total = Layout.Count(dims), outer = Layout.Count(dims.AsSpan(0, axis)), at = 0;
        var offsets = new int[parts.Length];
        int[] runs = [.. parts.Select(part => Layout.Count(part.Dims.AsSpan(axis)))];
        for (int i = 1; i < parts.Length; i++)
            offsets[i] = offsets[i - 1] + (int)parts[i - 1].Count;
        var map = new int[total];
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < parts.Length; i++)
            {
                for (int j = 0; j < runs[i]; j++)
                    map[at++] = offsets[i] + o * runs[i] + j;
            }
        }
        if (Array.TrueForAll(parts, part => part is Constant))
        {
            Known[] known = Array.ConvertAll(parts, part => ((Constant)part).ToKnown());
            Known joined = Array.TrueForAll(known, part => part.IsInteger)
                ? Known.Vector([.. known.SelectMany(part => part.Integers)])
                : new Known([total], [.. known.SelectMany(part => part.Numbers)]);
            return joined.Pick(map, dims);
        }
        return Join([.. parts.Select(part => part as Term ?? throw new NotUnderstoodException("it joins hidden states and constants"))])
            .Pick(map, dims);
    }

    /// <summary>The elements of several terms, one term after another.</summary>
    private static Term Join(Term[] parts)
    {
        if (!Array.TrueForAll(parts, part => part.Of == parts[0].Of))
            return new Term(new Joined(parts));
        Term whole = new Term(parts[0].Of);
        int[] index = [.. parts.SelectMany(part => Enumerable.Range(0, (int)part.Count).Select(part.At))];
        return ((Term)whole.Pick(index, [index.Length]))
            .Times([.. parts.SelectMany(part => Enumerable.Range(0, (int)part.Count).Select(part.ScaleAt))]);
    }

    private static Value Gather(Arguments a)
    {
        Value x = a[0];
        Known indices = a.Known(1);
        int axis = Layout.Axis(a.Node.Int("axis", 0), x.Dims.Length);
        if (x is Weight { Dims.Length: 2 } table && axis == 0)
        {
            if (indices.Integers.FirstOrDefault(id => id < -table.Dims[0] || id >= table.Dims[0], -1) is var id and not -1)
                throw new NotUnderstoodException($"it looks up row {id} of a table of {table.Dims[0]}");
            int[] ids = [.. indices.Dims, table.Dims[1]];
            Layout.Count(ids);
            return new Term(new Lookup(ids, table, indices));
        }
        return x.Pick(Layout.Gather(x.Dims, axis, indices.Integers, indices.Dims, out int[] dims), dims);
    }

    private static Value Broadcast(Value x, int[] dims)
    {
        if (x.Dims.AsSpan().SequenceEqual(dims))
            return x;
        if (x.Dims.Length < dims.Length && x.Count == 1)
            x = x is Constant constant ? constant.ToKnown() : x;
        return x.Pick(Layout.Broadcast(x.Dims, dims), dims);
    }

    private static Value Expand(Arguments a)
    {
        int[] wanted = [.. a.Known(1).Integers.Select(dim => dim is >= 0 and <= int.MaxValue ? (int)dim
            : throw new NotUnderstoodException($"it expands to a dimension of {dim}"))];
        if (wanted.Length > 8)
            throw new NotUnderstoodException("it expands to more than eight dimensions");
        return Broadcast(a[0], Layout.Common(a[0].Dims, wanted));
    }

    private static Value Tile(Arguments a)
    {
        Value x = a[0];
        long[] repeats = a.Known(1).Integers;
        if (repeats.Length != x.Dims.Length)
            throw new NotUnderstoodException("its repeats are not as many as its axes");
        for (int axis = 0; axis < repeats.Length; axis++)
        {
            if (repeats[axis] == 1)
                continue;
            if (repeats[axis] is < 0 or > Value.MostElements || repeats[axis] * x.Count > Value.MostElements)
                throw new NotUnderstoodException($"it repeats {repeats[axis]} times");
            long[] indices = [.. Enumerable.Range(0, (int)repeats[axis] * x.Dims[axis]).Select(i => (long)(i % x.Dims[axis]))];
            x = x.Pick(Layout.Gather(x.Dims, axis, indices, [indices.Length], out int[] dims), dims);
        }
        return x;
    }
}
