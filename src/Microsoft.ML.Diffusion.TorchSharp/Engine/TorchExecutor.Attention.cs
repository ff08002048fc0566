namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Rotary positions and attention: in one kernel on a GPU that has it; else on rectangles of padded sequences, whose padding no row sees.
/// </summary>
internal sealed partial class TorchExecutor
{
    /// <inheritdoc/>
    public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        if (qkv.Rows == 0)
            return;
        int half = qkv.Columns / 3 / heads / 2;
        (TorchTensor cosines, TorchTensor sines) = _rotary.Of(theta, half, sequences.Longest);
        TorchTensor positions = Of(sequences).Positions;
        TorchTensor cos = cosines.index_select(0, positions).view(-1, 1, half), sin = sines.index_select(0, positions).view(-1, 1, half);
        TorchTensor halves = Of(qkv).view(qkv.Rows, 3 * heads, 2, half).narrow(1, 0, 2 * heads);
        TorchTensor a = halves.select(2, 0), b = halves.select(2, 1);
        if (inverse)
            sin.neg_();
        TorchTensor first = a.mul(cos).sub_(b.mul(sin)), second = b.mul(cos).add_(a.mul(sin));
        a.copy_(first);
        b.copy_(second);
    }

    /// <inheritdoc/>
    public override void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor input = Factor(qkv);
        if (isFused && bias is null && FusedAttention.TryAttend(scripts, input, Of(sequences), heads, pattern, dropout,
            out TorchTensor? fusedResult, out FusedAttention? fused))
        {
            Put(y, fusedResult.view(y.Rows, y.Columns));
            if (logSumExp is Tensor kept)
                _tensors[kept.Index].Fused = fused;
            else
                fused.Dispose();
            return;
        }
        var results = new List<TorchTensor>();
        var sums = new List<TorchTensor>();
        using Scalar scale = 1 / Math.Sqrt(y.Columns / (double)heads);
        foreach (PaddedSequences padded in Of(sequences).Padded)
        {
            TorchTensor? mask = Mask(padded, pattern, bias, sequences.Longest);
            if (logSumExp is null && dropout.Rate == 0)
            {
                results.Add(scripts.Run("attend_only", padded.RowsOf(input), padded.Places, padded.Count, padded.Longest, heads, mask));
                continue;
            }
            (TorchTensor rows, TorchTensor rowSums) = scripts.RunTwo("attend", padded.RowsOf(input), padded.Places, padded.Count,
                padded.Longest, heads, scale, mask, Keeps(dropout, heads, padded.Longest, qkv));
            results.Add(rows);
            sums.Add(rowSums);
        }
        Put(y, Join(results, y));
        if (logSumExp is Tensor written)
            Put(written, Join(sums, written));
    }

    /// <inheritdoc/>
    public override void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp, Tensor dy,
        Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor input = Factor(qkv);
        if (_tensors[logSumExp.Index].Fused is FusedAttention fused)
        {
            Put(dqkv, fused.Backward(scripts, input, Factor(y), Factor(dy), Of(sequences), heads).view(dqkv.Rows, dqkv.Columns));
            return;
        }
        using Scalar scale = 1 / Math.Sqrt(y.Columns / (double)heads);
        var results = new List<TorchTensor>();
        TorchTensor? biasGradient = null;
        foreach (PaddedSequences padded in Of(sequences).Padded)
        {
            // Padding has rows of zeros in dy, so nothing of it goes on.
            (TorchTensor rows, TorchTensor dScores) = scripts.RunTwo("attend_backward", padded.RowsOf(input), padded.Places, padded.Count,
                padded.Longest, heads, scale, Mask(padded, pattern, bias, sequences.Longest), Keeps(dropout, heads, padded.Longest, qkv),
                padded.RowsOf(Of(y)), padded.RowsOf(Of(logSumExp)), padded.RowsOf(Of(dy)));
            results.Add(rows);
            if (dbias is null)
                continue;
            TorchTensor part = SumDistances(dScores, padded.Longest, sequences.Longest);
            biasGradient = biasGradient is null ? part : biasGradient.add_(part);
        }
        Put(dqkv, Join(results, dqkv));
        if (dbias is Tensor wanted)
            Put(wanted, biasGradient ?? zeros([wanted.Rows, wanted.Columns], ScalarType.Float32, engine.Device), accumulate);
    }

    /// <summary>What is added to scores, [count or 1 × heads or 1 × longest × longest]; null for nothing.</summary>
    private TorchTensor? Mask(PaddedSequences padded, AttentionPattern pattern, Tensor? bias, int longestOfAll) =>
        bias is Tensor distances ? AddBias(padded.Mask(pattern), Single(distances), padded.Longest, longestOfAll) : padded.Mask(pattern);

    /// <summary>A mask with the bias of each head and distance, [count or 1 × heads × longest × longest].</summary>
    /// <param name="mask">The mask; null if all see all.</param>
    /// <param name="bias">[(2·longestOfAll − 1) × heads].</param>
    /// <param name="longest">The longest sequence of the rectangle.</param>
    /// <param name="longestOfAll">The longest sequence that the bias is for.</param>
    private static TorchTensor AddBias(TorchTensor? mask, TorchTensor bias, int longest, int longestOfAll)
    {
        // Query i and key j read distance j − i. With queries counted from the last, both go up by one: a view of overlapping rows.
        long heads = bias.shape[1], distances = 2L * longestOfAll - 1;
        TorchTensor ofPairs = bias.t().contiguous()
            .as_strided([heads, longest, longest], [distances, 1, 1], longestOfAll - longest).flip(1).unsqueeze(0);
        return mask is null ? ofPairs : mask.add(ofPairs);
    }

    /// <summary>The sums over all pairs of the same distance, [(2·longestOfAll − 1) × heads].</summary>
    private static TorchTensor SumDistances(TorchTensor dScores, int longest, int longestOfAll)
    {
        // Pair (i, j) goes to column j − i + longest − 1 of row i; then each column is summed, in an order that does not change.
        long heads = dScores.shape[1], distances = 2L * longest - 1;
        TorchTensor rows = zeros([heads, longest, distances], ScalarType.Float32, dScores.device);
        rows.as_strided([heads, longest, longest], [longest * distances, distances - 1, 1], longest - 1).copy_(dScores.sum(dim: 0L));
        TorchTensor sums = zeros([2L * longestOfAll - 1, heads], ScalarType.Float32, dScores.device);
        sums.narrow(0, longestOfAll - longest, distances).copy_(rows.sum(dim: 1L).t());
        return sums;
    }

    private TorchTensor Join(List<TorchTensor> parts, Tensor shape) => parts.Count switch
    {
        0 => empty([shape.Rows, shape.Columns], ScalarType.Float32, engine.Device),
        1 => parts[0],
        _ => cat(parts, 0),
    };

    /// <summary>
    /// The factors of attention's probabilities, 0 or 1 / (1 − rate), [heads × longest × longest], equal in all sequences; null without
    /// dropout.
    /// </summary>
    private TorchTensor? Keeps(AttentionDropout dropout, int heads, int longest, Tensor qkv)
    {
        if (dropout.Rate == 0)
            return null;
        var draws = new DropoutDraws(dropout.Key, dropout.Rate, heads, longest);
        if (!_draws.TryGetValue(draws, out TorchTensor? keeps))
        {
            keeps = scripts.PairDraws(heads, longest, Of(qkv), dropout.Key, Limit(dropout.Rate), 1 / (1 - dropout.Rate));
            _draws.Add(draws, Own(keeps));
        }
        return keeps;
    }
}
