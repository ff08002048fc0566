using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>ONNX Runtime's fused operators, taken apart into the terms that the unfused nodes would give.</summary>
internal sealed partial class Evaluator
{
    private Value[] ApplyFused(Arguments a) => a.Node.Type switch
    {
        "LayerNormalization" => LayerNormalization(a),
        "SkipLayerNormalization" => SkipLayerNormalization(a),
        "EmbedLayerNormalization" => EmbedLayerNormalization(a),
        "QEmbedLayerNormalization" => QEmbedLayerNormalization(a),
        "Attention" => [AttentionOf(a, LinearOf(a.Term(0), a.Constant(1), a.FindConstant(2)), a.Find(3), 3, a.Find(5), 5, a.Find(4))],
        "QAttention" => [QAttention(a)],
        "MultiHeadAttention" => [MultiHeadAttention(a)],
        "Gelu" => [Apply("Gelu", a[0])],
        "BiasGelu" => [Apply("Gelu", Add(a[0], a[1], a))],
        "FastGelu" => [Apply("GeluTanh", a.Find(1) is Value bias ? Add(a[0], bias, a) : a[0])],
        "QuickGelu" => [Apply("QuickGelu", a[0])],
        "FusedMatMul" or "TransposeMatMul" => [FusedMatMul(a)],
        "FusedGemm" => [Apply(a.Node.Text("activation", ""), Gemm(a))],
        "DynamicQuantizeMatMul" => [DynamicQuantizeMatMul(a)],
        "MatMulIntegerToFloat" => [MatMulIntegerToFloat(a)],
        "DequantizeLinear" => [DequantizeLinear(a)],
        "RotaryEmbedding" => [Rotary(a, standard: false)],
        _ => throw new NotUnderstoodException("this operator of ONNX Runtime is not supported"),
    };

    private static Term FusedMatMul(Arguments a)
    {
        if (a.Node.Int("transBatchA", 0) != 0 || a.Node.Int("transBatchB", 0) != 0)
            throw new NotUnderstoodException("it exchanges the axes of the batch");
        Value x = a.Node.Int("transA", 0) != 0 ? SwapLast(a[0]) : a[0], y = a.Node.Int("transB", 0) != 0 ? SwapLast(a[1]) : a[1];
        double alpha = a.Node.Float("alpha", 1);
        return MatMul(x, y) is Term product ? product.Times(alpha) : throw new NotUnderstoodException("it multiplies constants");

        static Value SwapLast(Value value)
        {
            long[] order = [.. Enumerable.Range(0, value.Dims.Length).Select(axis => (long)axis)];
            if (order.Length < 2)
                throw new NotUnderstoodException("it transposes a vector");
            (order[^1], order[^2]) = (order[^2], order[^1]);
            return Transpose(value, order);
        }
    }

    private static Value[] SkipLayerNormalization(Arguments a)
    {
        Value x = a[0], skip = a[1];
        if (a.Find(4) is Value bias)
        {
            // The bias is that of the linear layer before, which the fusion took away from it.
            if (x is Term { IsWhole: true, Of: Linear { Bias: null } })
                x = Add(x, bias, a);
            else
                skip = Add(skip, bias, a);
        }
        Value sum = Add(x, skip, a);
        Term normalized = NormOf(
            sum as Term ?? throw new NotUnderstoodException("its inputs are constants"), a.Constant(2), a.FindConstant(3),
            a.Node.Float("epsilon", 1e-12));
        return [normalized, new Unknown(a.Node, "its mean is used"), new Unknown(a.Node, "its deviation is used"), sum];
    }

    private static Value[] EmbedLayerNormalization(Arguments a) => Embed(
        a, a.Find(8), a.Constant(2), a.Constant(3), a.FindConstant(4), a.Constant(5), a.FindConstant(6));

    private static Value[] QEmbedLayerNormalization(Arguments a)
    {
        Constant? types = a.Find(4) is null ? null : Table(4, 10, 15);
        return Embed(a, null, Table(2, 8, 13), Table(3, 9, 14), types, Table(5, 11, 16), Table(6, 12, 17));

        Constant Table(int input, int scale, int zero) =>
            (Constant)DequantizeLinear(new Arguments(a.Node, [a[input], a[scale], a.Find(zero)]));
    }

    private static Value[] Embed(
        Arguments a, Value? positionIds, Constant tokens, Constant positions, Constant? types, Constant scale, Constant? bias)
    {
        Known ids = a.Known(0);
        if (ids.Dims.Length != 2)
            throw new NotUnderstoodException($"its token ids have shape {OnnxText.Shape(ids.Dims)}; expected [batch, sequence]");
        positionIds ??= new Known([1, ids.Dims[1]], [.. Enumerable.Range(0, ids.Dims[1]).Select(i => (long)i)]);
        Value sum = Add(Rows(tokens, ids), Rows(positions, positionIds), null);
        if (types is not null)
            sum = Add(sum, Rows(types, a.Find(1) ?? new Known(ids.Dims, new long[ids.Count])), null);
        Value mask = a.Find(7) is Constant given ? Numbers.Reduce(given.ToKnown(), [1], (x, y) => x + y, 0).WithDims([ids.Dims[0]])
            : new Known([ids.Dims[0]], [.. Enumerable.Repeat((long)ids.Dims[1], ids.Dims[0])]);
        return [NormOf((Term)sum, scale, bias, a.Node.Float("epsilon", 1e-12)), mask, sum];

        Value Rows(Constant table, Value which) => Gather(new Arguments(new OnnxNode { Type = "Gather" }, [table, which]));
    }

    private static Value QAttention(Arguments a)
    {
        Term x = a.Term(0);
        CheckScale(a[3], x);
        CheckZero(a.Find(6), x);
        Weight weight = Dequantize(a.Constant(1), a.Known(4), a.FindConstant(7));
        return AttentionOf(a, LinearOf(x, weight, a.FindConstant(2)), a.Find(5), 5, null, -1, a.Find(8));
    }

    private static Value AttentionOf(
        Arguments a, Term qkv, Value? keyMask, int keyMaskInput, Value? added, int addedInput, Value? past)
    {
        if (past is not null || a.Node.Int("do_rotary", 0) != 0 || a.Node.Ints("qkv_hidden_sizes") is long[] sizes &&
            sizes.Distinct().Count() > 1)
            throw new NotUnderstoodException("it has past keys, rotary positions or parts of different widths");
        int width = qkv.Width / 3;
        Value q = SliceAxis(qkv, qkv.Dims.Length - 1, 0, width), k = SliceAxis(qkv, qkv.Dims.Length - 1, width, width),
            v = SliceAxis(qkv, qkv.Dims.Length - 1, 2 * width, width);
        return Attend(a, q, k, v, keyMask, keyMaskInput, added, addedInput);
    }

    private static Value MultiHeadAttention(Arguments a)
    {
        if (a.Find(6) is not null || a.Find(7) is not null)
            throw new NotUnderstoodException("it has past keys");
        if (a.Find(1) is null || a.Find(2) is null)
            throw new NotUnderstoodException("its query, key and value are packed");
        Value q = a[0], k = a[1], v = a[2];
        if (a.FindConstant(3) is Constant bias)
        {
            int width = q.Width;
            if (bias.Count != 3L * width)
                throw new NotUnderstoodException($"its bias has shape {OnnxText.Shape(bias.Dims)}");
            q = Add(q, bias.Columns(0, width), a);
            k = Add(k, bias.Columns(width, width), a);
            v = Add(v, bias.Columns(2 * width, width), a);
        }
        return Attend(a, q, k, v, a.Find(4), 4, a.Find(5), 5);
    }

    private static Value Attend(
        Arguments a, Value q, Value k, Value v, Value? keyMask, int keyMaskInput, Value? added, int addedInput)
    {
        int heads = (int)Math.Clamp(a.Node.Int("num_heads", 0), 0, int.MaxValue);
        if (a.Node.Int("unidirectional", 0) != 0)
            throw new NotUnderstoodException("it is causal: a token sees only those before it; expected an encoder");
        if (q.Dims.Length == 3 && heads > 0 && q.Width % heads == 0)
            q = Heads(q);
        if (k.Dims.Length == 3 && heads > 0 && k.Width % heads == 0)
            k = Heads(k);
        if (v.Dims.Length == 3 && heads > 0 && v.Width % heads == 0)
            v = Heads(v);
        if (q.Dims.Length != 4 || k.Dims.Length != 4 || v.Dims.Length != 4 || q is not Term || k is not Term || v is not Term)
            throw new NotUnderstoodException("its query, key and value are not [batch, sequence, width]");
        int batch = q.Dims[0], length = q.Dims[2], headWidth = q.Dims[3];
        double scale = a.Node.Float("scale", 0);
        Term scores = ProductOf((Term)q, (Term)Transpose(k, [0, 1, 3, 2])).Times(scale == 0 ? 1 / Math.Sqrt(headWidth) : scale);
        if (added is Constant addedMask)
            scores = (Term)Mask(
                scores, (Known)Broadcast(addedMask.ToKnown(), scores.Dims), new(a.Node.Inputs[addedInput], MaskKind.Added));
        if (keyMask is Constant keys)
            scores = (Term)Mask(scores, KeyMask(keys.ToKnown(), scores.Dims), new(a.Node.Inputs[keyMaskInput], MaskKind.Keys));
        Term context = ProductOf(new Term(new Softmax(scores)), (Term)v);
        return Reshape(Transpose(context, [0, 2, 1, 3]), [batch, length, (long)context.Dims[1] * context.Dims[3]]);

        Value Heads(Value x) => Transpose(Reshape(x, [x.Dims[0], x.Dims[1], heads, x.Width / heads]), [0, 2, 1, 3]);
    }

    /// <summary>The mask of a fused operator as numbers that are added: lengths, 0 and 1 for keys, or 0 and 1 for each pair.</summary>
    private static Known KeyMask(Known mask, int[] dims)
    {
        int batch = dims[0], keys = dims[^1];
        Known allowed = mask.Dims switch
        {
            [var n] when n == batch => new Known([batch, keys], [.. mask.Integers.SelectMany(
                length => Enumerable.Range(0, keys).Select(key => key < length ? 1L : 0))]),
            [var n] when n == 2 * batch => new Known([batch, keys], [.. Enumerable.Range(0, batch).SelectMany(row => Enumerable.Range(0,
                keys)
                .Select(key => key < mask.Integers[row] && key >= mask.Integers[batch + row] ? 1L : 0))]),
            [_, _] or [_, _, _] or [_, _, _, _] => mask,
            _ => throw new NotUnderstoodException($"its mask has shape {OnnxText.Shape(mask.Dims)}"),
        };
        int[] shape = allowed.Dims switch
        {
            [var b, var k] => [b, 1, 1, k],
            [var b, var q, var k] => [b, 1, q, k],
            var four => four,
        };
        var added = new Known(shape, [.. allowed.Numbers.Select(number => number > 0 ? 0 : double.NegativeInfinity)]);
        return (Known)Broadcast(added, Layout.Common(added.Dims, dims));
    }

    /// <summary>Rotary positions, by tables of cosines and sines.</summary>
    private Value Rotary(Arguments a, bool standard)
    {
        Term x = a.Term(0);
        Known cos = a.Known(standard ? 1 : 2), sin = a.Known(standard ? 2 : 3);
        Known? positions = standard ? (a.Find(3) is null ? null : a.Known(3)) : a.Known(1);
        int rotated = (int)a.Node.Int("rotary_embedding_dim", 0), heads = (int)Math.Clamp(a.Node.Int("num_heads", 0), 0, 4096);
        if (a.Node.Int("interleaved", 0) != 0 || a.Node.Float("scale", 1) != 1)
            throw new NotUnderstoodException("it rotates neighboring pairs, or scales; expected pairs of the two halves");
        bool isFlat = x.Dims.Length == 3;
        int[] given = x.Dims;
        int half = cos.Width;
        if (isFlat)
        {
            heads = heads > 0 ? heads : x.Width / (2 * half);
            x = (Term)Transpose(Reshape(x, [x.Dims[0], x.Dims[1], heads, heads == 0 ? 0 : x.Width / heads]), [0, 2, 1, 3]);
        }
        if (x.Dims.Length != 4 || x.Width != 2 * half || (rotated != 0 && rotated != x.Width))
            throw new NotUnderstoodException("it rotates a part of each head");
        int batch = x.Dims[0], length = x.Dims[2];
        if (positions is not null && positions.Count == 1)
            positions = new Known([1, length], [.. Enumerable.Range(0, length).Select(i => positions.Integers[0] + i)]);
        Value c = Spread(cos), s = Spread(sin);
        Value first = SliceAxis(x, 3, 0, half), second = SliceAxis(x, 3, half, half);
        Value turned = ConcatLast([((Term)second).Times(-1), (Term)first]);
        Value result = Add(Multiply(x, c), Multiply(turned, s), null);
        return isFlat ? Reshape(Transpose(result, [0, 2, 1, 3]), [given[0], given[1], given[2]]) : result;

        Value Spread(Known table)
        {
            Value rows = positions is null ? table : table.Pick(
                Layout.Gather(table.Dims, 0, positions.Integers, positions.Dims, out int[] dims), dims);
            if (rows.Dims.Length == 2)
                rows = rows.WithDims([1, .. rows.Dims]);
            rows = rows.WithDims([rows.Dims[0], 1, rows.Dims[1], rows.Dims[2]]);
            rows = ConcatLast([rows, rows]);
            return rows;
        }

        static Value ConcatLast(Value[] parts) =>
            Concat(new Arguments(new OnnxNode { Type = "Concat", Attributes = { new OnnxAttribute { Name = "axis", Integer = -1 } } },
                parts));
    }
}
