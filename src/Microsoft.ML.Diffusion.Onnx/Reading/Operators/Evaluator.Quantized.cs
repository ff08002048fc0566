using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Operators;

/// <summary>
/// Weights of 8-bit integers, as dynamic quantization writes them: they become numbers again. That activations are rounded as well is
/// ignored: it only approximates the same model.
/// </summary>
internal sealed partial class Evaluator
{
    private static Value DequantizeLinear(Arguments a)
    {
        double[] scales = a.Known(1).Numbers;
        long[] zeros = a.Find(2) is null ? [0] : a.Known(2).Integers;
        if (a[0] is Term term)
        {
            if (term is { Scales: null, Scale: 1, Of: Lookup { Table.IsInteger: true } lookup } && scales.Length == 1 && zeros.Length == 1)
            {
                var table = new Lookup(lookup.Dims, lookup.Table.Dequantized(scales, zeros, 0), lookup.Ids);
                return term.Index is null ? Whole(table, term.Dims) : new Term(table).Pick(term.Index, term.Dims);
            }
            throw new NotUnderstoodException("it turns integers of activations into numbers (static quantization); only weights may " +
                "be quantized");
        }
        if (a[0] is not Weight { IsInteger: true } weight)
        {
            if (scales.Length != 1 || zeros.Length != 1)
                throw new NotUnderstoodException("it scales a computed constant by several scales");
            return Numbers.MapToNumbers(a.Known(0), q => (q - zeros[0]) * scales[0]);
        }
        int axis = scales.Length == 1 ? 0 : Layout.Axis(a.Node.Int("axis", 1), weight.Dims.Length);
        if ((scales.Length != 1 && scales.Length != weight.Dims[axis]) || (zeros.Length != 1 && zeros.Length != scales.Length))
            throw new NotUnderstoodException($"it has {scales.Length} scales and {zeros.Length} zeros for {OnnxText.Shape(weight.Dims)}");
        return weight.Dequantized(scales, zeros, axis);
    }

    private static Value[] DynamicQuantizeLinear(Arguments a)
    {
        Term x = a.Term(0);
        return [x, new Term(new QuantizationOf(x, isScale: true)), new Term(new QuantizationOf(x, isScale: false))];
    }

    private static Term MatMulInteger(Arguments a)
    {
        Term x = a.Term(0);
        if (a.Constant(1) is not Weight { IsInteger: true } weight)
            throw new NotUnderstoodException("its second input is not a weight of integers");
        CheckZero(a.Find(2), x);
        return LinearOf(x, WithZeros(weight, a.FindConstant(3)), null);
    }

    /// <summary>DynamicQuantizeMatMul: x, weight, its scale, its zero, bias.</summary>
    private static Term DynamicQuantizeMatMul(Arguments a) =>
        LinearOf(a.Term(0), Dequantize(a.Constant(1), a.Known(2), a.FindConstant(3)), a.FindConstant(4));

    /// <summary>MatMulIntegerToFloat: x, weight, their scales, their zeros, bias.</summary>
    private static Term MatMulIntegerToFloat(Arguments a)
    {
        Term x = a.Term(0);
        CheckScale(a[2], x);
        CheckZero(a.Find(4), x);
        return LinearOf(x, Dequantize(a.Constant(1), a.Known(3), a.FindConstant(5)), a.FindConstant(6));
    }

    private static Weight Dequantize(Constant weight, Known scale, Constant? zero)
    {
        if (weight is not Weight { IsInteger: true, Dims.Length: 2 } integers)
            throw new NotUnderstoodException("its weight is not a matrix of integers");
        long[] zeros = zero is null ? [0] : zero.ToKnown().Integers;
        double[] scales = scale.Numbers;
        if ((scales.Length != 1 && scales.Length != integers.Dims[1]) || (zeros.Length != 1 && zeros.Length != integers.Dims[1]))
            throw new NotUnderstoodException($"it has {scales.Length} scales and {zeros.Length} zeros for {OnnxText.Shape(integers.Dims)}");
        return integers.Dequantized(scales, zeros, 1);
    }

    private static Weight WithZeros(Weight weight, Constant? zero)
    {
        long[] zeros = zero is null ? [0] : zero.ToKnown().Integers;
        if (weight.Dims.Length != 2 || (zeros.Length != 1 && zeros.Length != weight.Dims[1]))
            throw new NotUnderstoodException($"it has {zeros.Length} zeros for {OnnxText.Shape(weight.Dims)}");
        return weight.Dequantized([1], zeros, 1);
    }

    private static void CheckScale(Value scale, Term x)
    {
        if (scale is not Term { Of: QuantizationOf { IsScale: true } of } || !of.X.Equals(x))
            throw new NotUnderstoodException("its activations have a fixed scale (static quantization); only weights may be quantized");
    }

    private static void CheckZero(Value? zero, Term x)
    {
        if (zero is not null && (zero is not Term { Of: QuantizationOf { IsScale: false } of } || !of.X.Equals(x)))
            throw new NotUnderstoodException("its activations have a fixed zero (static quantization); only weights may be quantized");
    }
}
