using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Likelihood;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Estimates an upper bound of −log p(sequence) from random maskings. Sequences are added one at a time. Each one's draws depend on the
/// seed and on the number of sequences before it, not on the batches. Not thread-safe.
/// </summary>
/// <remarks>The mask token has probability 0 (SUBS in MDLM).</remarks>
public abstract class BoundEstimator
{
    private readonly IDenoiser _denoiser;
    private readonly Func<int, bool>? _isProtected;
    private readonly ulong _key;
    private readonly List<int> _maskable = [];
    private readonly List<int> _tokens = [];

    private protected BoundEstimator(IDenoiser denoiser, NelboOptions options, Func<int, bool>? isProtected, ulong keyTag,
        MaskSchedule? schedule = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_denoiser, _isProtected, _key, Draws) = (denoiser, isProtected, Philox.Mix(options.Seed, keyTag), options.Draws);
        Scorer = new MaskedScorer(denoiser, options.TokenBudget, schedule);
    }

    /// <summary>The number of sequences added.</summary>
    public int Sequences => _tokens.Count;

    private protected int Draws { get; }

    private protected MaskedScorer Scorer { get; }

    /// <summary>Adds a sequence; runs the denoiser once a batch is full.</summary>
    /// <param name="sequence">The clean tokens.</param>
    /// <param name="leading">The number of tokens at the start that are given and not scored (a prompt).</param>
    /// <param name="trailing">The number of tokens at the end that are given and not scored.</param>
    /// <param name="cancellationToken">Checked before every run of the denoiser.</param>
    public void Add(ReadOnlySpan<int> sequence, int leading = 0, int trailing = 0, CancellationToken cancellationToken = default)
    {
        MaskedPositions.Find(sequence, leading, trailing, _denoiser.MaskToken, _isProtected, _maskable);
        ulong key = Philox.Mix(_key, (ulong)Sequences);
        _tokens.Add(_maskable.Count);
        Scorer.Begin(Draws);
        for (int draw = 0; draw < Draws && _maskable.Count > 0; draw++)
            Draw(sequence, CollectionsMarshal.AsSpan(_maskable), key, draw, cancellationToken);
    }

    /// <summary>Runs the rest, and reports on all sequences added.</summary>
    /// <exception cref="InvalidOperationException">No sequence was added.</exception>
    public BoundReport Complete(CancellationToken cancellationToken = default)
    {
        if (Sequences == 0)
            throw new InvalidOperationException("No sequence was added. Add one or more before Complete.");
        Scorer.Run(cancellationToken);
        double[] nats = new double[Sequences];
        double total = 0;
        for (int i = 0; i < nats.Length; i++)
        {
            (nats[i], double variance) = Combine(Scorer.Sums[i]);
            total += variance;
        }
        return new BoundReport(nats, [.. _tokens], Draws, Math.Sqrt(total));
    }

    /// <summary>
    /// Calls <see cref="Add"/> for each sequence, then <see cref="Complete"/>. The report includes sequences added before.
    /// </summary>
    /// <param name="sequences">The clean sequences.</param>
    /// <param name="leading">The number of tokens at the start of each that are given, [Count] or empty for none.</param>
    /// <param name="trailing">The number of tokens at the end of each that are given, [Count] or empty for none.</param>
    /// <param name="progress">Receives the number of sequences added, after each.</param>
    /// <param name="cancellationToken">Checked before every run of the denoiser.</param>
    public BoundReport Estimate(RaggedTokens sequences, ReadOnlySpan<int> leading = default, ReadOnlySpan<int> trailing = default,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        MaskedPositions.CheckCounts(sequences, leading, trailing);
        for (int i = 0; i < sequences.Count; i++)
        {
            Add(sequences[i], leading.IsEmpty ? 0 : leading[i], trailing.IsEmpty ? 0 : trailing[i], cancellationToken);
            progress?.Report(i + 1);
        }
        return Complete(cancellationToken);
    }

    /// <summary>Masks a sequence for one draw, and asks the scorer for its cost.</summary>
    /// <param name="sequence">The clean tokens.</param>
    /// <param name="maskable">The positions that are scored, one or more, ascending.</param>
    /// <param name="key">The sequence's noise.</param>
    /// <param name="draw">The number of the draw.</param>
    /// <param name="cancellationToken">Passed to the scorer.</param>
    private protected abstract void Draw(ReadOnlySpan<int> sequence, ReadOnlySpan<int> maskable, ulong key, int draw,
        CancellationToken cancellationToken);

    /// <summary>The estimate of a sequence from its draws, and its variance from the draws alone: the mean, unless overridden.</summary>
    private protected virtual (double Nats, double Variance) Combine(ReadOnlySpan<double> draws)
    {
        double mean = 0, variance = 0;
        foreach (double value in draws)
            mean += value / draws.Length;
        foreach (double value in draws)
            variance += (value - mean) * (value - mean) / (draws.Length - 1.0) / draws.Length;
        return (mean, variance);
    }
}
