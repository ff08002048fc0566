using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Turns masks into tokens in T steps, for many rows at once. Each step asks the sampler which rows need a prediction, runs those in
/// ragged batches under a token budget, and leaves out rows that are done. What a row becomes depends on its own tokens, the
/// settings and its sample number; not on the other rows, nor on the batches. Not safe for use by several threads at once.
/// </summary>
public sealed class DenoisingLoop
{
    private readonly IDenoiser _denoiser;
    private readonly DenoisingSettings _settings;
    private readonly TokenFilter _filter;
    private readonly LogitsConsumer _consume;
    private readonly RaggedTokens _batch = new();
    private readonly List<DenoisingRow> _batchRows = [];
    private int[] _asked = new int[64];
    private (DenoisingRow Row, int Index)[] _origins = new (DenoisingRow, int)[64];
    private int _askedCount;

    /// <summary>Makes a loop.</summary>
    /// <param name="denoiser">Predicts the masked tokens.</param>
    /// <param name="settings">How masks become tokens.</param>
    /// <param name="banned">Ids that are never written, beside the mask token: special tokens, and ids without text.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or nothing is left to write.</exception>
    public DenoisingLoop(IDenoiser denoiser, DenoisingSettings settings, IEnumerable<int>? banned = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        (_denoiser, _settings, _consume) = (denoiser, settings, Consume);
        _filter = new TokenFilter(denoiser.VocabularySize, settings.Temperature, settings.TopK, settings.TopP, (banned ?? []).Append(denoiser.MaskToken));
    }

    /// <summary>Writes a token over every mask; other tokens are left as they are.</summary>
    /// <param name="rows">The rows, masks where tokens are to be written; overwritten with the result.</param>
    /// <param name="leading">How many tokens at the start of each row are left alone even if they are masks, [Count] or empty for none.</param>
    /// <param name="samples">The sample number of each row, [Count] or empty for 0: equal rows with equal numbers become equal texts.</param>
    /// <param name="calls">Receives how many times the denoiser ran each row, [Count] or empty.</param>
    /// <param name="observer">Sees every step.</param>
    /// <param name="cancellationToken">Checked before every step and run of the denoiser, and handed to it.</param>
    /// <exception cref="InvalidOperationException">The denoiser gave a NaN or +∞; the message names row, position and step.</exception>
    public void Run(
        RaggedTokens rows,
        ReadOnlySpan<int> leading = default,
        ReadOnlySpan<int> samples = default,
        Span<int> calls = default,
        IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        CheckCount(leading.Length, rows.Count, nameof(leading));
        CheckCount(samples.Length, rows.Count, nameof(samples));
        CheckCount(calls.Length, rows.Count, nameof(calls));
        calls.Clear();
        List<DenoisingRow> active = [];
        for (int i = 0; i < rows.Count; i++)
        {
            observer?.OnStep(i, 0, _settings.Steps, rows[i]);
            DenoisingRow row = new(i, rows[i], leading.IsEmpty ? 0 : Math.Clamp(leading[i], 0, rows[i].Length), _denoiser.MaskToken, _settings.Seed, samples.IsEmpty ? 0 : samples[i]);
            if (row.InitialMasks > 0)
                active.Add(row);
        }
        double rate = _settings.Schedule.MaskRate(1);
        for (int step = 1; step <= _settings.Steps && active.Count > 0; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double next = _settings.Schedule.MaskRate((double)(_settings.Steps - step) / _settings.Steps);
            StartBatch();
            foreach (DenoisingRow row in active)
            {
                row.Begin(step, rate, next);
                _settings.Sampler.Plan(row);
                if (row.Asked.IsEmpty)
                    continue;
                if (_batch.TokenCount + row.Tokens.Length > _settings.TokenBudget)
                    RunBatch(cancellationToken);
                Add(row);
            }
            RunBatch(cancellationToken);
            foreach (DenoisingRow row in active)
            {
                row.End();
                observer?.OnStep(row.Index, step, _settings.Steps, row.Tokens);
                if (!row.Masked.IsEmpty)
                    continue;
                row.Tokens.CopyTo(rows[row.Index]);
                if (!calls.IsEmpty)
                    calls[row.Index] = row.Calls;
            }
            active.RemoveAll(static row => row.Masked.IsEmpty);
            rate = next;
        }
    }

    private void StartBatch()
    {
        _batch.Clear();
        _batchRows.Clear();
        _askedCount = 0;
    }

    private void Add(DenoisingRow row)
    {
        int start = _batch.TokenCount;
        _batch.Append(row.Tokens);
        _batchRows.Add(row);
        row.Calls++;
        ReadOnlySpan<Proposal> asked = row.Asked;
        if (_askedCount + asked.Length > _asked.Length)
        {
            int length = Math.Max(_askedCount + asked.Length, 2 * _asked.Length);
            Array.Resize(ref _asked, length);
            Array.Resize(ref _origins, length);
        }
        for (int i = 0; i < asked.Length; i++)
        {
            _asked[_askedCount] = start + asked[i].Position;
            _origins[_askedCount++] = (row, i);
        }
    }

    private void RunBatch(CancellationToken cancellationToken)
    {
        if (_batchRows.Count == 0)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        _denoiser.Predict(_batch, _asked.AsSpan(0, _askedCount), _consume, cancellationToken);
        foreach (DenoisingRow row in _batchRows)
            _settings.Sampler.Decide(row);
        StartBatch();
    }

    private void Consume(int first, Span<float> logits)
    {
        int vocabulary = _denoiser.VocabularySize;
        for (int i = 0; i * vocabulary < logits.Length; i++)
        {
            (DenoisingRow row, int index) = _origins[first + i];
            ref Proposal proposal = ref row.Asked[index];
            if (!_filter.TryDraw(logits.Slice(i * vocabulary, vocabulary), row.TokenNoise(proposal.Position), _settings.Sampler.NeedsConfidence, out proposal.Token, out proposal.Confidence))
                throw new InvalidOperationException($"At step {row.Step} of {_settings.Steps} the denoiser gave NaN or infinite logits for row {row.Index}, position {proposal.Position}. Its weights are damaged, or its training diverged: load or train another.");
        }
    }

    private static void CheckCount(int length, int expected, string name)
    {
        if (length != 0 && length != expected)
            throw new ArgumentException($"{name} has {length} entries for {expected} rows. Give one for each row, or none at all.", name);
    }
}
