using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Estimates the NELBO, an upper bound of −log p(sequence), by masking exactly k of a sequence's L unprotected tokens, k uniform on
/// 1..L, and weighing the masked tokens' −log p by L/k: the same bound as that of any schedule that runs from 1 to 0, with less variance
/// (Nie et al., LLaDA, 2025). The k of a sequence's draws are stratified: k = 1 + ⌊L·((u + draw/Draws) mod 1)⌋.
/// </summary>
/// <remarks>
/// The mask token has no probability (SUBS of MDLM). Sequences are added one at a time, in any number; each one's draws depend on the seed and
/// on how many came before it, not on the batches. Not safe for use by several threads at once.
/// </remarks>
public sealed class NelboEstimator
{
    private const ulong KeyTag = 0x6E656C626F; // "nelbo"

    private readonly IDenoiser _denoiser;
    private readonly NelboOptions _options;
    private readonly Func<int, bool>? _isProtected;
    private readonly LogitsConsumer _consume;
    private readonly RaggedTokens _batch = new();
    private readonly List<(int Target, double Weight, int Sequence, int Draw)> _asked = [];
    private readonly List<int> _rows = [];
    private readonly List<int> _maskable = [];
    private readonly List<double[]> _draws = [];
    private readonly List<int> _tokens = [];
    private bool _broken;

    /// <summary>Makes an estimator.</summary>
    /// <param name="denoiser">The model that is bounded.</param>
    /// <param name="options">How to estimate.</param>
    /// <param name="isProtected">Ids that are given and not coded, such as a tokenizer's special tokens; null: none but the mask.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public NelboEstimator(IDenoiser denoiser, NelboOptions options, Func<int, bool>? isProtected = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_denoiser, _options, _isProtected, _consume) = (denoiser, options, isProtected, Consume);
    }

    /// <summary>How many sequences were added.</summary>
    public int Sequences => _draws.Count;

    /// <summary>Adds a sequence; runs the denoiser whenever enough tokens have come together.</summary>
    /// <param name="sequence">The clean tokens.</param>
    /// <param name="leading">How many tokens at the start are given and not coded (a prompt).</param>
    /// <param name="trailing">How many tokens at the end are given and not coded.</param>
    /// <param name="cancellationToken">Checked before every run of the denoiser.</param>
    public void Add(ReadOnlySpan<int> sequence, int leading = 0, int trailing = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leading);
        ArgumentOutOfRangeException.ThrowIfNegative(trailing);
        _maskable.Clear();
        for (int i = leading; i < sequence.Length - trailing; i++)
        {
            if (sequence[i] != _denoiser.MaskToken && !(_isProtected?.Invoke(sequence[i]) ?? false))
                _maskable.Add(i);
        }
        int index = Sequences, length = _maskable.Count;
        _tokens.Add(length);
        _draws.Add(new double[_options.Draws]);
        if (length == 0)
            return;
        ulong key = Philox.Mix(Philox.Mix(_options.Seed, KeyTag), (ulong)index);
        double offset = Philox.Uniform(key, ulong.MaxValue, 0);
        for (int draw = 0; draw < _options.Draws; draw++)
        {
            if (_batch.Count > 0 && _batch.TokenCount + sequence.Length > _options.TokenBudget)
                RunBatch(cancellationToken);
            int masked = Math.Min(1 + (int)(length * ((offset + (double)draw / _options.Draws) % 1)), length);
            int start = _batch.TokenCount;
            Span<int> tokens = _batch.Append(sequence);
            // Knuth's selection sampling: every set of that many positions is as likely as any other.
            for (int i = 0, needed = masked; needed > 0; i++)
            {
                int position = _maskable[i];
                if (Philox.Uniform(key, (ulong)draw, (ulong)position) * (length - i) >= needed)
                    continue;
                _rows.Add(start + position);
                _asked.Add((tokens[position], (double)length / masked, index, draw));
                tokens[position] = _denoiser.MaskToken;
                needed--;
            }
        }
    }

    /// <summary>Runs what is left, and reports on every sequence added.</summary>
    /// <exception cref="InvalidOperationException">No sequence was added.</exception>
    public BoundReport Complete(CancellationToken cancellationToken = default)
    {
        if (Sequences == 0)
            throw new InvalidOperationException("There is nothing to bound: no sequence was added. Add one or more first.");
        RunBatch(cancellationToken);
        double[] nats = new double[Sequences];
        double variance = 0;
        for (int i = 0; i < nats.Length; i++)
        {
            double mean = nats[i] = _draws[i].Average();
            variance += _draws[i].Sum(value => (value - mean) * (value - mean)) / (_options.Draws - 1.0) / _options.Draws;
        }
        return new BoundReport(nats, [.. _tokens], _options.Draws, Math.Sqrt(variance));
    }

    /// <summary><see cref="Add"/> for each of a set of sequences, then <see cref="Complete"/>: the report is on these and those added before.</summary>
    /// <param name="sequences">The clean sequences.</param>
    /// <param name="leading">How many tokens at the start of each are given, [Count] or empty for none.</param>
    /// <param name="trailing">How many tokens at the end of each are given, [Count] or empty for none.</param>
    /// <param name="progress">Told how many sequences were added, after each.</param>
    /// <param name="cancellationToken">Checked before every run of the denoiser.</param>
    public BoundReport Estimate(RaggedTokens sequences, ReadOnlySpan<int> leading = default, ReadOnlySpan<int> trailing = default, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (!leading.IsEmpty && leading.Length != sequences.Count || !trailing.IsEmpty && trailing.Length != sequences.Count)
            throw new ArgumentException($"{sequences.Count} sequences were given {leading.Length} leading and {trailing.Length} trailing counts. Give one for each sequence, or none at all.");
        for (int i = 0; i < sequences.Count; i++)
        {
            Add(sequences[i], leading.IsEmpty ? 0 : leading[i], trailing.IsEmpty ? 0 : trailing[i], cancellationToken);
            progress?.Report(i + 1);
        }
        return Complete(cancellationToken);
    }

    private void RunBatch(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        if (_broken)
            throw new InvalidOperationException("A run of the denoiser was broken off before, and what it had added cannot be told apart. Make a new estimator.");
        _broken = true;
        _denoiser.Predict(_batch, CollectionsMarshal.AsSpan(_rows), _consume, cancellationToken);
        _broken = false;
        _batch.Clear();
        _asked.Clear();
        _rows.Clear();
    }

    private void Consume(int first, Span<float> logits)
    {
        int vocabulary = _denoiser.VocabularySize;
        for (int i = 0; i * vocabulary < logits.Length; i++)
        {
            Span<float> row = logits.Slice(i * vocabulary, vocabulary);
            (int target, double weight, int sequence, int draw) = _asked[first + i];
            row[_denoiser.MaskToken] = float.NegativeInfinity;
            float max = SoftMax.Max(row);
            if (!float.IsFinite(max))
                throw new InvalidOperationException($"The denoiser gave NaN or infinite logits for sequence {sequence}, draw {draw}. Its weights are damaged, or its training diverged: load or train another.");
            _draws[sequence][draw] += weight * (Math.Log(SoftMax.SumExp(row, max)) + max - row[target]);
        }
    }
}
