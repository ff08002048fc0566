using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>
/// Recognizes attention from its context back to query, key and value. Which element goes where is checked for every element, and the mask
/// for every pair of tokens.
/// </summary>
internal sealed class AttentionReader(SampleInput sample)
{
    private const double Tolerance = 4e-3;

    private readonly int _batch = sample.Batch, _length = sample.Length;

    /// <summary>Reads attention.</summary>
    /// <param name="context">The input of attention's last linear layer.</param>
    /// <param name="input">The input of query, key and value.</param>
    /// <exception cref="RecognitionException">It is something else.</exception>
    public AttentionPart Read(Term context, out Term input)
    {
        if (context.Of is not Product product || context.Scale != 1 || context.Scales is not null)
            throw new RecognitionException(context, "expected attention's context, probabilities times values");
        int width = context.Width, headWidth = product.Dims[^1];
        if (headWidth == 0 || width % headWidth != 0 || product.Dims[^2] != _length || context.Count != (long)_batch * _length * width)
            throw new RecognitionException(context, "expected the context of all heads side by side");
        int heads = width / headWidth;
        for (int i = 0; i < context.Count; i++)
        {
            int row = i / width, column = i % width;
            if (context.At(i) != At(row / _length, column / headWidth, row % _length, column % headWidth))
                throw new RecognitionException(context, "expected the context of all heads side by side, in order");
        }
        if (product.A is not { IsWhole: true, Of: Softmax softmax })
            throw new RecognitionException(product.A, "expected attention's probabilities, a softmax of scores");

        double scale = 1;
        var masks = new List<Masked>();
        Term scores = softmax.X;
        while (scores is { Index: null, Scales: null, Of: Masked masked })
        {
            masks.Add(masked);
            scale *= scores.Scale;
            scores = masked.X;
        }
        if (scores is not { Index: null, Scales: null, Of: Product queryByKey } || scores.Count != (long)_batch * heads * _length * _length)
            throw new RecognitionException(scores, "expected attention's scores, query times key");
        (LinearPart query, Term queryInput, double queryScale, Rotation? rotation) = ReadHeads(queryByKey.A, isKey: false, heads,
            headWidth);
        (LinearPart key, Term keyInput, double keyScale, Rotation? keyRotation) = ReadHeads(queryByKey.B, isKey: true, heads, headWidth);
        (LinearPart value, Term valueInput, double valueScale, Rotation? valueRotation) =
            ReadHeads(product.B, isKey: false, heads, headWidth);
        if (!queryInput.Equals(keyInput) || !queryInput.Equals(valueInput))
            throw new RecognitionException(context, "expected query, key and value of the same hidden states (self-attention)");
        if (valueRotation is not null || rotation != keyRotation || Math.Abs(valueScale - 1) > Tolerance)
            throw new RecognitionException(context, "expected rotary positions of query and key alike");
        // The engine divides scores by √width; another factor, folded by the exporter, goes into the query.
        double ratio = scale * scores.Scale * queryScale * keyScale * Math.Sqrt(headWidth);
        if (ratio <= 0)
            throw new RecognitionException(scores, $"expected scores times a positive number, not {ratio / Math.Sqrt(headWidth)}");
        if (Math.Abs(ratio - 1) > Tolerance)
            query = new LinearPart(query.Weight.Times(ratio), query.Bias?.Times(ratio));
        input = queryInput;
        return new AttentionPart(query, key, value, heads)
        {
            Masks = masks,
            IsRotary = rotation is not null,
            Theta = rotation?.Theta,
            Reach = ReadMask(scores, masks, heads),
        };

        int At(int b, int h, int s, int d) => ((b * heads + h) * _length + s) * headWidth + d;
    }

    private (LinearPart Layer, Term Input, double Scale, Rotation? Rotation) ReadHeads(Term term, bool isKey, int heads, int headWidth)
    {
        Resolved resolved = Views.Resolve(term);
        int width = heads * headWidth, half = headWidth / 2;
        if (resolved.Of is not Linear linear || term.Count != (long)_batch * _length * width)
            throw new RecognitionException(term, "expected the query, key or value: a linear layer, cut into heads");
        int all = linear.Dims[^1];
        int offset = Math.Min(resolved.First[0] % all, resolved.Second is null ? int.MaxValue : resolved.Second[0] % all);
        if (linear.Count != (long)_batch * _length * all || offset + width > all)
            throw new RecognitionException(term, "expected the query, key or value: a linear layer, cut into heads");
        double scale = resolved.Second is null ? resolved.FirstFactors[0] : 0;
        var cosines = new double[_length, half];
        var sines = new double[_length, half];
        for (int b = 0; b < _batch; b++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int s = 0; s < _length; s++)
                {
                    for (int d = 0; d < headWidth; d++)
                    {
                        int at = isKey ? ((b * heads + h) * headWidth + d) * _length + s : ((b * heads + h) * _length + s) * headWidth + d;
                        int row = (b * _length + s) * all + offset + h * headWidth;
                        if (resolved.Second is null)
                        {
                            if (resolved.First[at] != row + d || resolved.FirstFactors[at] != scale)
                                throw new RecognitionException(term, "expected heads side by side, in order");
                            continue;
                        }
                        (int first, int second) = (resolved.First[at], resolved.Second[at]);
                        (double cos, double sin) = (resolved.FirstFactors[at], resolved.SecondFactors![at]);
                        if (first != row + d)
                            (first, second, cos, sin) = (second, first, sin, cos);
                        if (first != row + d || second != row + (d + half) % headWidth)
                            throw new RecognitionException(term, "expected rotary positions that pair the halves of each head");
                        sin = d < half ? -sin : sin;
                        int j = d % half;
                        if (b == 0 && h == 0 && d < half)
                            (cosines[s, j], sines[s, j]) = (cos, sin);
                        else if (s < sample.Lengths[b] && (Math.Abs(cosines[s, j] - cos) > 1e-6 || Math.Abs(sines[s, j] - sin) > 1e-6))
                            throw new RecognitionException(term, "expected the same rotary positions in all heads and sequences");
                    }
                }
            }
        }
        LinearPart part = Views.Part(linear, offset, width);
        if (resolved.Second is null)
            return (part, linear.X, scale, null);
        scale = cosines[0, 0];
        return (part, linear.X, scale, ReadRotation(term, cosines, sines, scale, half));
    }

    /// <summary>The base θ of angles position · θ^(−2j/width).</summary>
    private Rotation ReadRotation(Term term, double[,] cosines, double[,] sines, double scale, int half)
    {
        if (_length < 2 || scale <= 0)
            throw new RecognitionException(term, "expected rotary positions from 0");
        var frequencies = new double[half];
        for (int j = 0; j < half; j++)
            frequencies[j] = Math.Atan2(sines[1, j], cosines[1, j]);
        double? theta = half == 1 || frequencies[half - 1] <= 0 ? null : Math.Exp(-Math.Log(frequencies[half - 1]) * half / (half - 1));
        for (int j = 0; j < half; j++)
        {
            double expected = theta is null ? 1 : Math.Pow(theta.Value, -(double)j / half);
            for (int s = 0; s < _length; s++)
            {
                if (Math.Abs(Math.Cos(s * expected) - cosines[s, j] / scale) > Tolerance ||
                    Math.Abs(Math.Sin(s * expected) - sines[s, j] / scale) > Tolerance)
                    throw new RecognitionException(term, "expected rotary positions with angles position · θ^(−2j/width), not scaled ones");
            }
        }
        return new Rotation(theta);
    }

    /// <summary>Checks which keys are masked; returns the reach of a window, if the sample is long enough to see one.</summary>
    private int? ReadMask(Term scores, List<Masked> masks, int heads)
    {
        if (masks.Count == 0 && sample.HasMask)
            throw new RecognitionException(scores, "expected scores that are masked by the graph's attention_mask");
        int? reach = null;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int b = 0; b < _batch; b++)
            {
                int tokens = sample.Lengths[b];
                for (int h = 0; h < heads; h++)
                {
                    for (int i = 0; i < tokens; i++)
                    {
                        for (int j = 0; j < _length; j++)
                        {
                            int at = ((b * heads + h) * _length + i) * _length + j;
                            bool forbidden = masks.Exists(mask => mask.Forbidden[at] != 0);
                            if (pass == 0 && forbidden && j < tokens)
                                reach = Math.Min(reach ?? int.MaxValue, Math.Abs(i - j) - 1);
                            else if (pass == 1 && forbidden != (j >= tokens || Math.Abs(i - j) > (reach ?? int.MaxValue)))
                                throw new RecognitionException(masks.Count > 0 ? masks[0].Node : scores.Of.Node, Expected(b, i, j,
                                    forbidden));
                        }
                    }
                }
            }
        }
        return reach;

        static string Expected(int b, int i, int j, bool forbidden) =>
            "expected a mask that hides exactly the padding, and in a window exactly the tokens beyond a distance; " +
            $"in sequence {b} of a trial, token {i} {(forbidden ? "does not see" : "sees")} token {j}";
    }

    private sealed record Rotation(double? Theta);
}
