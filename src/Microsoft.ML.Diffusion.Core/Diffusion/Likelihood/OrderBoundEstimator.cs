using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The importance-weighted bound: −log (1/K)·Σ exp(log p(sequence | order)) over K random orders, where log p of an order is the sum of
/// each token's log p given those before it in the order. With K = 1 it has the expectation of the NELBO. As K grows it falls towards the
/// −log p of the model that writes one token at a time in random order. Burda et al., "Importance Weighted Autoencoders" (2016); for masked
/// diffusion Sahoo et al., "Esoteric Language Models" (2025).
/// </summary>
/// <remarks>
/// An order of a sequence of L tokens costs L runs of the denoiser; a draw of the other estimators costs one.
/// <see cref="NelboOptions.Draws"/> is K.
/// </remarks>
public sealed class OrderBoundEstimator : BoundEstimator
{
    private const ulong KeyTag = 0x6F72646572; // "order"

    private int[] _order = [];
    private double[] _ranks = [];

    /// <summary>Makes an estimator.</summary>
    /// <param name="denoiser">The model to evaluate.</param>
    /// <param name="options">How to estimate.</param>
    /// <param name="isProtected">Ids that are given and not scored, such as a tokenizer's special tokens; null for none except the
    /// mask.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public OrderBoundEstimator(IDenoiser denoiser, NelboOptions options, Func<int, bool>? isProtected = null)
        : base(denoiser, options, isProtected, KeyTag)
    {
    }

    private protected override void Draw(ReadOnlySpan<int> sequence, ReadOnlySpan<int> maskable, ulong key, int draw,
        CancellationToken cancellationToken)
    {
        int length = maskable.Length;
        if (_order.Length < length)
            (_order, _ranks) = (new int[length], new double[length]);
        Span<int> order = _order.AsSpan(0, length);
        Span<double> ranks = _ranks.AsSpan(0, length);
        maskable.CopyTo(order);
        for (int i = 0; i < length; i++)
            ranks[i] = Philox.Uniform(key, (ulong)draw, (ulong)order[i]);
        ranks.Sort(order);
        for (int i = 0; i < length; i++)
        {
            Scorer.Copy(sequence, cancellationToken: cancellationToken);
            foreach (int later in order[(i + 1)..])
                Scorer.Mask(later);
            Scorer.MaskAndAsk(order[i], 1, draw);
        }
    }

    /// <summary>−log of the mean of exp(−nats), and its variance by the delta method: the relative variance of that mean.</summary>
    private protected override (double Nats, double Variance) Combine(ReadOnlySpan<double> draws)
    {
        double least = double.PositiveInfinity, sum = 0, squares = 0;
        foreach (double nats in draws)
            least = Math.Min(least, nats);
        foreach (double nats in draws)
            sum += Math.Exp(least - nats);
        double mean = sum / draws.Length;
        foreach (double nats in draws)
            squares += Math.Pow(Math.Exp(least - nats) / mean - 1, 2);
        return (least - Math.Log(mean), squares / (draws.Length - 1.0) / draws.Length);
    }
}
