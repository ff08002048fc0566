using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Attention in one kernel, without padding, by the bounds of sequences: FlashAttention (Dao 2023) for bfloat16, memory-efficient attention
/// (Rabe and Staats 2021) for float32 without windows. This is what its backward needs of the forward.
/// </summary>
internal sealed class FusedAttention : IDisposable
{
    private readonly bool _isFlash;
    private readonly AttentionPattern _pattern;
    private readonly double _rate;
    private readonly TorchTensor _sums;
    private readonly TorchTensor _first;
    private readonly TorchTensor _second;

    private FusedAttention(bool isFlash, AttentionPattern pattern, double rate, TorchTensor sums, TorchTensor first, TorchTensor second)
    {
        (_isFlash, _pattern, _rate) = (isFlash, pattern, rate);
        _sums = sums.DetachFromDisposeScope();
        _first = first.DetachFromDisposeScope();
        _second = second.DetachFromDisposeScope();
    }

    /// <summary>Attends in one kernel, if the device has one for the type, the pattern and the width of the heads.</summary>
    /// <param name="scripts">The engine's scripts.</param>
    /// <param name="qkv">[n × 3·width].</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="pattern">Which positions a position sees.</param>
    /// <param name="dropout">The dropout, whose draws are the kernel's own, by the same key.</param>
    /// <param name="y">[n × heads × d].</param>
    /// <param name="state">What the backward needs.</param>
    public static bool TryAttend(Scripts scripts, TorchTensor qkv, BatchSequences sequences, int heads,
        AttentionPattern pattern, AttentionDropout dropout, [NotNullWhen(true)] out TorchTensor? y,
        [NotNullWhen(true)] out FusedAttention? state)
    {
        (y, state) = (null, null);
        long d = qkv.shape[1] / 3 / heads;
        bool isFlash = qkv.dtype == ScalarType.BFloat16;
        bool isWindow = pattern.Before < sequences.Longest - 1 || pattern.After < sequences.Longest - 1;
        if (sequences.Longest == 0 || d % 8 != 0 || (isFlash ? d > 256 : isWindow))
            return false;
        if (dropout.Rate > 0)
            cuda.manual_seed((long)(dropout.Key >> 1)); // the kernels draw from the device's own generator
        (TorchTensor q, TorchTensor k, TorchTensor v) = Split(qkv, heads);
        using Scalar scale = 1 / Math.Sqrt(d), rate = dropout.Rate;
        TorchTensor sums, first, second;
        if (isFlash)
        {
            (y, sums, first, second) = scripts.RunFour("flash", q, k, v, sequences.Bounds, sequences.Longest, scale, rate,
                Reach(pattern.Before), Reach(pattern.After));
        }
        else
        {
            (y, sums, first, second) = scripts.RunFour("efficient", q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), sequences.Bounds,
                sequences.Longest, scale, rate);
        }
        state = new FusedAttention(isFlash, pattern, dropout.Rate, sums, first, second);
        return true;
    }

    /// <summary>The gradient of queries, keys and values, [n × 3 × heads × d].</summary>
    public TorchTensor Backward(Scripts scripts, TorchTensor qkv, TorchTensor y, TorchTensor dy, BatchSequences sequences, int heads)
    {
        (TorchTensor q, TorchTensor k, TorchTensor v) = Split(qkv, heads);
        TorchTensor result = y.view(y.shape[0], heads, -1), gradient = dy.view(y.shape[0], heads, -1);
        using Scalar scale = 1 / Math.Sqrt(q.shape[2]), rate = _rate;
        (TorchTensor dq, TorchTensor dk, TorchTensor dv) = _isFlash
            ? scripts.RunThree("flash_backward", gradient, q, k, v, result, sequences.Bounds, sequences.Longest, _sums, scale, rate, _first,
                _second, Reach(_pattern.Before), Reach(_pattern.After))
            : scripts.RunThree("efficient_backward", gradient.unsqueeze(0), q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0),
                result.unsqueeze(0), sequences.Bounds, sequences.Longest, _sums, scale, rate, _first, _second);
        return stack([dq.view(q.shape), dk.view(q.shape), dv.view(q.shape)], 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sums.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    /// <summary>The kernels' form of a reach: −1 for all.</summary>
    private static int Reach(int positions) => positions == int.MaxValue ? -1 : positions;

    /// <summary>Queries, keys and values, [n × heads × d] each, sharing memory.</summary>
    private static (TorchTensor Q, TorchTensor K, TorchTensor V) Split(TorchTensor qkv, int heads)
    {
        TorchTensor all = qkv.view(qkv.shape[0], 3, heads, -1);
        return (all.select(1, 0), all.select(1, 1), all.select(1, 2));
    }
}
