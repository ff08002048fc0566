using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Schedules;

namespace Microsoft.ML.Diffusion.Objective;

/// <summary>
/// The masked-diffusion training objective. It draws a time for each sequence, masks its tokens at that time's rate, and lists the rows to
/// predict with their weights. The loss of the batch is Σ weight·(−log p(target)) over the rows, divided by <see cref="Divisor"/>. (The
/// gradients of several batches add up as sums; one division then gives the mean of all.)
/// </summary>
/// <remarks>
/// <para>The loss estimates (1/N)·Σ ∫ w(t)·E[Σ over masked −log p(x | x_t)] dt over the sequences and t in [MinTime, MaxTime], in nats per
/// maskable token, where N is the number of maskable tokens in the batch: the NELBO of Sahoo et al. (MDLM, 2024) and Shi et al. (MD4,
/// 2024). Times have low discrepancy: t_i = MinTime + (MaxTime − MinTime)·((u + i/n) mod 1) with one u per batch (Kingma et al.,
/// "Variational Diffusion Models", 2021), so each n-th of the interval is hit once. In discrete time the integral is a sum: t is rounded up
/// to k/T.</para>
/// <para>Under a schedule whose rates depend on the token, each token has its own rate and weight. The loss is then the cross-entropy part
/// of the bound, which is all that training needs; the bound also has the rate terms (<see cref="ScheduleBound.NeedsRateTerms"/>).</para>
/// <para>The draws depend on the seed, the step, and the index of sequence and token. Buffers are reused: the properties are valid until
/// the next <see cref="Corrupt"/>. Not thread-safe.</para>
/// </remarks>
internal sealed class MaskingObjective
{
    private const ulong KeyTag = 0x6D61736B696E67; // "masking"

    // Noise streams whose numbers no sequence has.
    private const ulong TimeStream = ulong.MaxValue;
    private const ulong PrefixStream = ulong.MaxValue - 1;
    private const ulong LengthStream = ulong.MaxValue - 2;

    private readonly MaskingOptions _options;
    private readonly int _maskToken;
    private readonly int _steps;
    private readonly Func<int, bool>? _isProtected;
    private int[] _rows = new int[64];
    private int[] _targets = new int[64];
    private float[] _weights = new float[64];
    private double[] _times = new double[16];
    private int[] _cut = [];

    /// <summary>Makes an objective.</summary>
    /// <param name="options">What to mask and how to weight it.</param>
    /// <param name="maskToken">The id written over masked tokens; where the clean text already contains it, it is protected.</param>
    /// <param name="isProtected">Ids that are never masked, such as a tokenizer's special tokens; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public MaskingObjective(MaskingOptions options, int maskToken, Func<int, bool>? isProtected = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(maskToken);
        options.Validate();
        (_options, _maskToken, _isProtected) = (options, maskToken, isProtected);
        _steps = options.Steps > 0 ? options.Steps : options.Schedule.Steps;
    }

    /// <summary>The sequences with their masks.</summary>
    public RaggedTokens Corrupted { get; } = new();

    /// <summary>The number of masked tokens. If it is 0 (a short batch at a low rate), the loss is 0: skip the step.</summary>
    public int RowCount { get; private set; }

    /// <summary>The number of tokens that could have been masked.</summary>
    public int MaskableCount { get; private set; }

    /// <summary>The masked positions in <c>Corrupted.Tokens</c>, ascending, [RowCount].</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, RowCount);

    /// <summary>The clean token of each row, [RowCount].</summary>
    public ReadOnlySpan<int> Targets => _targets.AsSpan(0, RowCount);

    /// <summary>The weight of each row's negative log-likelihood, in nats, in the sum, [RowCount].</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, RowCount);

    /// <summary>
    /// The divisor of the sum: the number of maskable tokens, or of masked ones with <see cref="LossWeighting.Uniform"/>; with token
    /// weights, the sum of the weights of the same tokens.
    /// </summary>
    public double Divisor { get; private set; }

    /// <summary>ε of the label smoothing for the cross-entropy.</summary>
    public double LabelSmoothing => _options.LabelSmoothing;

    /// <summary>The time of each sequence, [Corrupted.Count].</summary>
    public ReadOnlySpan<double> Times => _times.AsSpan(0, Corrupted.Count);

    /// <summary>Masks a batch.</summary>
    /// <param name="clean">The sequences; left as they are.</param>
    /// <param name="leading">The number of tokens at the start of each sequence that are never masked (a prompt), [Count] or empty for
    /// none.</param>
    /// <param name="trailing">The number of tokens at the end of each sequence that are never masked, [Count] or empty for none.</param>
    /// <param name="step">The number of the batch, unique within the run: the draws depend on it.</param>
    /// <exception cref="ArgumentException"><paramref name="leading"/> or <paramref name="trailing"/> has a wrong length.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MaskingOptions.TokenWeight"/> gave a negative or infinite weight.</exception>
    public void Corrupt(RaggedTokens clean, ReadOnlySpan<int> leading, ReadOnlySpan<int> trailing, long step)
    {
        ArgumentNullException.ThrowIfNull(clean);
        CheckCounts(leading, clean.Count, nameof(leading));
        CheckCounts(trailing, clean.Count, nameof(trailing));

        ulong key = Philox.Mix(Philox.Mix(_options.Seed, KeyTag), (ulong)step);
        int count = clean.Count;
        if (_times.Length < count)
            Array.Resize(ref _times, Math.Max(count, 2 * _times.Length));
        double offset = Philox.Uniform(key, TimeStream, 0);
        Corrupted.Clear();
        RowCount = MaskableCount = 0;
        Divisor = 0;
        for (int i = 0; i < count; i++)
        {
            double time = _options.MinTime + (_options.MaxTime - _options.MinTime) * ((offset + (double)i / count) % 1);
            _times[i] = _steps == 0 ? time : Math.Ceiling(time * _steps) / _steps;
            int from = leading.IsEmpty ? 0 : leading[i], behind = trailing.IsEmpty ? 0 : trailing[i];
            Mask(Append(clean[i], key, i, from, behind), key, i, from, behind);
        }
    }

    /// <summary>Appends a sequence unchanged, or cut to a random length.</summary>
    private Span<int> Append(ReadOnlySpan<int> clean, ulong key, int sequence, int from, int behind)
    {
        (double chance, double place) = Philox.Uniforms(key, LengthStream, (ulong)sequence);
        if (chance >= _options.RandomLengthShare)
            return Corrupted.Append(clean);
        int end = End(clean, from, behind), kept = from + 1 + (int)(place * (end - from));
        if (kept >= end)
            return Corrupted.Append(clean);
        int length = kept + clean.Length - end;
        if (_cut.Length < length)
            _cut = new int[Math.Max(length, 2 * _cut.Length)];
        clean[..kept].CopyTo(_cut);
        clean[end..].CopyTo(_cut.AsSpan(kept));
        return Corrupted.Append(_cut.AsSpan(0, length));
    }

    private void Mask(Span<int> tokens, ulong key, int sequence, int from, int behind)
    {
        int start = Corrupted.TokenCount - tokens.Length, end = tokens.Length - behind;
        (double chance, double place) = Philox.Uniforms(key, PrefixStream, (ulong)sequence);
        if (chance < _options.PrefixShare)
            from += (int)(place * Math.Max(End(tokens, from, behind) - from, 0));
        double time = _times[sequence], rate = _options.Schedule.MaskRate(time), weight = Weight(time, null);
        for (int j = from; j < end; j++)
        {
            int token = tokens[j];
            if (IsProtected(token))
                continue;
            double tokenWeight = TokenWeight(token);
            MaskableCount++;
            if (_options.Weighting == LossWeighting.Nelbo)
                Divisor += tokenWeight;
            if (_options.Schedule.DependsOnToken)
                rate = _options.Schedule.MaskRate(time, token);
            if (Philox.Uniform(key, (ulong)sequence, (ulong)j) >= rate)
                continue;
            tokens[j] = _maskToken;
            if (_options.Schedule.DependsOnToken)
                weight = Weight(time, token);
            if (_options.Weighting == LossWeighting.Uniform)
                Divisor += tokenWeight;
            if (tokenWeight > 0)
                AddRow(start + j, token, (float)(tokenWeight * weight));
        }
    }

    /// <summary>The weight of a token masked at a time, for uniformly drawn times.</summary>
    private double Weight(double time, int? token)
    {
        if (_options.Weighting == LossWeighting.Uniform)
            return 1;
        MaskSchedule schedule = _options.Schedule;
        double range = _options.MaxTime - _options.MinTime;
        if (_steps == 0)
            return range * (token is int v ? schedule.Weight(time, v) : schedule.Weight(time));
        double before = Math.Max(Math.Round(time * _steps) - 1, 0) / _steps;
        return range * _steps * (token is int id ? schedule.UnmaskProbability(time, before, id) : schedule.UnmaskProbability(time, before));
    }

    /// <summary>The end of the maskable part of a sequence: after its last token that is neither trailing nor protected.</summary>
    private int End(ReadOnlySpan<int> tokens, int from, int behind)
    {
        int end = tokens.Length - behind;
        while (end > from && IsProtected(tokens[end - 1]))
            end--;
        return end;
    }

    private bool IsProtected(int token) => token == _maskToken || _isProtected is not null && _isProtected(token);

    private double TokenWeight(int token)
    {
        if (_options.TokenWeight is null)
            return 1;
        double weight = _options.TokenWeight(token);
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw new InvalidOperationException($"TokenWeight gave {weight} for token {token}. Give a finite number, 0 or more.");
        return weight;
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
            throw new ArgumentException(
                $"{name} has {counts.Length} counts for {expected} sequences. Give one for each sequence, or none at all.", name);
        if (!counts.IsEmpty && counts.IndexOfAnyInRange(int.MinValue, -1) is int at and >= 0)
            throw new ArgumentException($"{name}[{at}] is {counts[at]}. Give 0 or more.", name);
    }
}
