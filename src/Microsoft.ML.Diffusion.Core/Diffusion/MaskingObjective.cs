using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The masked-diffusion training objective: draws a time for each sequence, masks its tokens at that time's rate, and says which
/// rows to predict and what each weighs, such that Σ weight·(−log p(target)) over the rows, divided by <see cref="Divisor"/>, is the
/// loss of the batch. (Sums are what several batches' gradients add up to; one division then makes the mean of all.)
/// </summary>
/// <remarks>
/// <para>The loss estimates (1/N)·Σ ∫ w(t)·E[Σ over masked −log p(x | x_t)] dt over the sequences and t in [MinTime, MaxTime], N
/// being the number of maskable tokens in the batch, in nats per maskable token: the NELBO of Sahoo et al. (MDLM, 2024) and Shi et
/// al. (MD4, 2024). Times are of low discrepancy: t_i = MinTime + (MaxTime − MinTime)·((u + i/n) mod 1) with one u a batch
/// (Kingma et al., "Variational Diffusion Models", 2021), so each n-th of the interval is hit once.</para>
/// <para>The draws are a function of the seed, the step, and the place of sequence and token. Buffers are reused: what the
/// properties show holds until the next <see cref="Corrupt"/>. Not safe for use by several threads at once.</para>
/// </remarks>
public sealed class MaskingObjective
{
    private const ulong KeyTag = 0x6D61736B696E67; // "masking"

    private readonly MaskingOptions _options;
    private readonly int _maskToken;
    private readonly Func<int, bool>? _isProtected;
    private int[] _rows = new int[64];
    private int[] _targets = new int[64];
    private float[] _weights = new float[64];
    private double[] _times = new double[16];

    /// <summary>Makes an objective.</summary>
    /// <param name="options">What to mask and how to weigh it.</param>
    /// <param name="maskToken">The id written over masked tokens; where the clean text has it already, it is protected.</param>
    /// <param name="isProtected">Ids that are never masked, such as a tokenizer's special tokens; null: none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public MaskingObjective(MaskingOptions options, int maskToken, Func<int, bool>? isProtected = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(maskToken);
        options.Validate();
        (_options, _maskToken, _isProtected) = (options, maskToken, isProtected);
    }

    /// <summary>The sequences with the masks in them.</summary>
    public RaggedTokens Corrupted { get; } = new();

    /// <summary>The number of masked tokens. Where it is 0 (a short batch at a low rate) the loss is 0: skip the step.</summary>
    public int RowCount { get; private set; }

    /// <summary>The number of tokens that could have been masked.</summary>
    public int MaskableCount { get; private set; }

    /// <summary>The masked positions in <c>Corrupted.Tokens</c>, ascending, [RowCount].</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, RowCount);

    /// <summary>The clean token of each row, [RowCount].</summary>
    public ReadOnlySpan<int> Targets => _targets.AsSpan(0, RowCount);

    /// <summary>What the negative log-likelihood, in nats, of each row weighs in the sum, [RowCount].</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, RowCount);

    /// <summary>What the sum is divided by: the maskable tokens, or the masked ones under <see cref="LossWeighting.Uniform"/>.</summary>
    public int Divisor => _options.Weighting == LossWeighting.Uniform ? RowCount : MaskableCount;

    /// <summary>The time of each sequence, [Corrupted.Count].</summary>
    public ReadOnlySpan<double> Times => _times.AsSpan(0, Corrupted.Count);

    /// <summary>Masks a batch.</summary>
    /// <param name="clean">The sequences; left as they are.</param>
    /// <param name="leading">How many tokens at the start of each sequence are never masked (a prompt), [Count] or empty for none.</param>
    /// <param name="trailing">How many tokens at the end of each sequence are never masked, [Count] or empty for none.</param>
    /// <param name="step">The number of the batch, which no other batch of the run may have: the draws depend on it.</param>
    /// <exception cref="ArgumentException"><paramref name="leading"/> or <paramref name="trailing"/> has another length.</exception>
    public void Corrupt(RaggedTokens clean, ReadOnlySpan<int> leading, ReadOnlySpan<int> trailing, long step)
    {
        ArgumentNullException.ThrowIfNull(clean);
        CheckCounts(leading, clean.Count, nameof(leading));
        CheckCounts(trailing, clean.Count, nameof(trailing));

        ulong key = Philox.Mix(Philox.Mix(_options.Seed, KeyTag), (ulong)step);
        int count = clean.Count;
        if (_times.Length < count)
            Array.Resize(ref _times, Math.Max(count, 2 * _times.Length));
        double offset = Philox.Uniform(key, ulong.MaxValue, 0), range = _options.MaxTime - _options.MinTime;
        Corrupted.Clear();
        RowCount = 0;
        MaskableCount = 0;
        for (int i = 0; i < count; i++)
        {
            double time = _options.MinTime + range * ((offset + (double)i / count) % 1);
            _times[i] = time;
            int start = Corrupted.TokenCount;
            Span<int> tokens = Corrupted.Append(clean[i]);
            int from = leading.IsEmpty ? 0 : leading[i], to = tokens.Length - (trailing.IsEmpty ? 0 : trailing[i]);
            double rate = _options.Schedule.MaskRate(time);
            float weight = _options.Weighting == LossWeighting.Uniform ? 1 : (float)(range * _options.Schedule.Weight(time));
            for (int j = from; j < to; j++)
            {
                int token = tokens[j];
                if (token == _maskToken || _isProtected is not null && _isProtected(token))
                    continue;
                MaskableCount++;
                if (Philox.Uniform(key, (ulong)i, (ulong)j) >= rate)
                    continue;
                tokens[j] = _maskToken;
                AddRow(start + j, token, weight);
            }
        }
    }

    private void AddRow(int position, int target, float weight)
    {
        if (RowCount == _rows.Length)
        {
            Array.Resize(ref _rows, 2 * RowCount);
            Array.Resize(ref _targets, 2 * RowCount);
            Array.Resize(ref _weights, 2 * RowCount);
        }
        (_rows[RowCount], _targets[RowCount], _weights[RowCount]) = (position, target, weight);
        RowCount++;
    }

    private static void CheckCounts(ReadOnlySpan<int> counts, int expected, string name)
    {
        if (!counts.IsEmpty && counts.Length != expected)
            throw new ArgumentException($"{name} has {counts.Length} counts for {expected} sequences. Give one for each sequence, or none at all.", name);
        if (!counts.IsEmpty && counts.IndexOfAnyInRange(int.MinValue, -1) is int at and >= 0)
            throw new ArgumentException($"{name}[{at}] is {counts[at]}. Counts of protected tokens are 0 or more.", name);
    }
}
