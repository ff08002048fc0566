using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>
/// Turns masks into tokens in steps, for many rows at once. Each step asks the sampler which rows need a prediction, runs those in ragged
/// batches under a token budget, and skips finished rows. A row's result depends on its own tokens, the settings and its sample number, not
/// on the other rows or the batches. Not thread-safe.
/// </summary>
internal sealed class DenoisingLoop
{
    private readonly IDenoiser _denoiser;
    private readonly DenoisingSettings _settings;
    private readonly Sampler _sampler;
    private readonly TokenFilter _filter;
    private readonly DeviceDraws? _draws;
    private readonly RepetitionPenalty? _penalty;
    private readonly GuidedLogits? _guided;
    private readonly bool[] _isWritable;
    private readonly LogitsConsumer _consume;
    private readonly RaggedTokens _batch = new();
    private readonly List<DenoisingRow> _batchRows = [];
    private int[] _asked = new int[64];
    private Origin[] _origins = new Origin[64];
    private int _askedCount;
    private bool _needsLogProbabilities;
    private DenoisingRow? _penalized;
    private AllowedTokens? _allowed;

    /// <summary>Makes a loop.</summary>
    /// <param name="denoiser">Predicts the masked tokens.</param>
    /// <param name="settings">How masks become tokens.</param>
    /// <param name="banned">Ids that are never written, in addition to the mask token: special tokens, and ids without text.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or nothing is left to write.</exception>
    public DenoisingLoop(IDenoiser denoiser, DenoisingSettings settings, IEnumerable<int>? banned = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        int vocabulary = denoiser.VocabularySize;
        if (settings.EndOfText is int end && (end >= vocabulary || end == denoiser.MaskToken))
            throw new ArgumentException(
                $"EndOfText is {end}. Give one of the model's {vocabulary} ids that is not its mask, {denoiser.MaskToken}.",
                nameof(settings));
        (_denoiser, _settings, _sampler, _consume) = (denoiser, settings, settings.Sampler, Consume);
        _isWritable = new bool[vocabulary];
        Array.Fill(_isWritable, true);
        foreach (int id in (banned ?? []).Where(id => id != settings.EndOfText).Concat(settings.BannedTokens).Append(denoiser.MaskToken))
        {
            if ((uint)id < (uint)vocabulary)
                _isWritable[id] = false;
        }
        if (settings.MinimumLength > 0 && settings.EndOfText is int only && _isWritable[only] && _isWritable.AsSpan().Count(true) == 1)
            throw new ArgumentException(
                $"All tokens but {only}, the end of the text, are banned, so nothing can be written before MinimumLength " +
                $"{settings.MinimumLength} is reached. Ban fewer, or leave MinimumLength 0.", nameof(settings));
        int[] bans = [.. Enumerable.Range(0, vocabulary).Where(id => !_isWritable[id])];
        _filter = new TokenFilter(vocabulary, settings.Temperature, settings.TopK, settings.TopP, bans);
        _draws = DeviceDraws.TryCreate(denoiser, settings, bans);
        _penalty = settings.RepetitionPenalty == 1 ? null
            : new RepetitionPenalty(vocabulary, settings.RepetitionPenalty, settings.EndOfText ?? -1);
        _guided = settings.Guidance == 0 ? null : new GuidedLogits(vocabulary, settings.Guidance);
    }

    /// <summary>Writes a token over every mask; other tokens are left as they are.</summary>
    /// <param name="rows">The rows, masks where tokens are to be written; overwritten with the result.</param>
    /// <param name="leading">The number of tokens at the start of each row that are left unchanged even if they are masks, [Count] or empty
    /// for none.</param>
    /// <param name="samples">The sample number of each row, [Count] or empty for 0. Equal rows with equal numbers give equal texts.</param>
    /// <param name="calls">Receives the number of denoiser runs of each row, [Count] or empty.</param>
    /// <param name="logProbabilities">
    /// Receives the mean log-probability of each row's written tokens, in nats per token, [Count] or empty. Each token's is the denoiser's
    /// own at the step that wrote it, before temperature, top-k and top-p. Tokens after the end of the text do not count; a row without
    /// masks gets 0. With one token a step it is the row's log-likelihood in that order.
    /// </param>
    /// <param name="observer">Sees every step.</param>
    /// <param name="allowed">Tokens that it does not allow have probability 0 at that position. It must leave at least one token that is
    /// not banned. Null allows all.</param>
    /// <param name="cancellationToken">Checked before every step and run of the denoiser, and passed to it.</param>
    /// <exception cref="InvalidOperationException">The denoiser gave a NaN or +∞; the message names row, position and step.</exception>
    public void Run(
        RaggedTokens rows,
        ReadOnlySpan<int> leading = default,
        ReadOnlySpan<int> samples = default,
        Span<int> calls = default,
        Span<double> logProbabilities = default,
        IDenoisingObserver? observer = null,
        AllowedTokens? allowed = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        CheckCount(leading.Length, rows.Count, nameof(leading));
        CheckCount(samples.Length, rows.Count, nameof(samples));
        CheckCount(calls.Length, rows.Count, nameof(calls));
        CheckCount(logProbabilities.Length, rows.Count, nameof(logProbabilities));
        calls.Clear();
        logProbabilities.Clear();
        _needsLogProbabilities = _sampler.NeedsLogProbabilities || !logProbabilities.IsEmpty || observer is { NeedsLogProbabilities: true };
        _allowed = allowed;
        List<DenoisingRow> active = [], left = [];
        for (int i = 0; i < rows.Count; i++)
        {
            NoiseDraws draws = new(DenoisingRow.Key(_settings.Seed, rows[i], samples.IsEmpty ? 0 : samples[i]));
            DenoisingRow row = new(i, rows[i], leading.IsEmpty ? 0 : Math.Clamp(leading[i], 0, rows[i].Length), _denoiser.MaskToken, draws);
            if (!row.Positions.IsEmpty)
            {
                _sampler.Start(row, _settings.Steps);
                active.Add(row);
            }
            observer?.OnStep(i, 0, row.Steps, rows[i]);
        }
        for (int step = 1; active.Count > 0; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StartBatch();
            foreach (DenoisingRow row in active)
            {
                row.Begin(step, _sampler, _settings.Schedule);
                _sampler.Plan(row);
                if (row.Asked.IsEmpty)
                {
                    _sampler.Decide(row);
                    continue;
                }
                if (_batch.TokenCount + (_guided is null ? 1 : 2) * row.Tokens.Length > _settings.TokenBudget)
                    RunBatch(cancellationToken);
                Add(row);
            }
            RunBatch(cancellationToken);
            left.Clear();
            foreach (DenoisingRow row in active)
            {
                row.FindMasks();
                bool isDone = _settings.EndOfText is int end && _sampler.IsSettled(row) && row.TryEnd(end) || _sampler.IsFinished(row);
                if (observer is not null)
                    Report(row, observer);
                if (!isDone)
                {
                    if (row.Step >= row.Steps)
                        throw new InvalidOperationException(
                            $"{_sampler} has left {row.Tokens.AsSpan().Count(_denoiser.MaskToken)} masks in row {row.Index} after its " +
                            $"last step, {row.Step}. Please report this.");
                    _sampler.Advance(row, _settings.Steps);
                    left.Add(row);
                    continue;
                }
                row.Tokens.CopyTo(rows[row.Index]);
                if (!calls.IsEmpty)
                    calls[row.Index] = row.Calls;
                if (!logProbabilities.IsEmpty)
                    logProbabilities[row.Index] = row.MeanLogProbability;
            }
            (active, left) = (left, active);
        }
    }

    private static void Report(DenoisingRow row, IDenoisingObserver observer)
    {
        if (!row.Written.IsEmpty)
            observer.OnWritten(row.Index, row.Written, row.WrittenLogProbabilities);
        observer.OnStep(row.Index, row.Step, row.Steps, row.Tokens);
    }

    private void StartBatch()
    {
        _batch.Clear();
        _batchRows.Clear();
        _askedCount = 0;
    }

    private void Add(DenoisingRow row)
    {
        _batchRows.Add(row);
        if (_guided is null || !HasPrompt(row))
        {
            Append(row, Use.Draw);
            return;
        }
        Append(row, Use.Keep);
        Span<int> tokens = _batch[Append(row, Use.Join)];
        for (int i = 0; i < row.Positions[0]; i++)
        {
            if (IsWritable(tokens[i]))
                tokens[i] = _denoiser.MaskToken;
        }
    }

    /// <summary>Appends a row to the batch and returns its number there.</summary>
    private int Append(DenoisingRow row, Use use)
    {
        int start = _batch.TokenCount;
        _batch.Append(row.Tokens);
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
            _origins[_askedCount++] = new Origin(row, i, use);
        }
        return _batch.Count - 1;
    }

    private bool HasPrompt(DenoisingRow row)
    {
        foreach (int token in row.Tokens.AsSpan(0, row.Positions[0]))
        {
            if (IsWritable(token))
                return true;
        }
        return false;
    }

    /// <summary>Whether the bans allow a token to be written.</summary>
    internal bool IsWritable(int token) => (uint)token < (uint)_isWritable.Length && _isWritable[token];

    private void RunBatch(CancellationToken cancellationToken)
    {
        if (_batchRows.Count == 0)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        _penalized = null;
        // What is allowed at a position is a flag for each token, which would have to be sent: the host has them.
        if (_draws is not null && _allowed is null)
            DrawOnDevice(_draws, cancellationToken);
        else
            _denoiser.Predict(_batch, _asked.AsSpan(0, _askedCount), _consume, cancellationToken);
        foreach (DenoisingRow row in _batchRows)
            _sampler.Decide(row);
        StartBatch();
    }

    private void DrawOnDevice(DeviceDraws draws, CancellationToken cancellationToken)
    {
        ReadOnlySpan<Origin> origins = _origins.AsSpan(0, _askedCount);
        draws.Clear();
        foreach ((DenoisingRow row, int index, _) in origins)
        {
            int position = row.Asked[index].Position;
            draws.Add(row.Draws.Token(row.Step, position), _sampler.TopK(row), EarlyEnd(row, position) ?? -1);
        }
        ReadOnlySpan<DrawnToken> drawn = draws.Draw(_batch, _asked.AsSpan(0, _askedCount), cancellationToken);
        for (int i = 0; i < origins.Length; i++)
        {
            (DenoisingRow row, int index, _) = origins[i];
            ref Proposal proposal = ref row.Asked[index];
            if (drawn[i].Token < 0)
                throw NotFinite(row, proposal.Position);
            proposal.Token = drawn[i].Token;
            proposal.LogProbability = _needsLogProbabilities ? drawn[i].LogProbability : double.NaN;
            proposal.LogConfidence = drawn[i].MostLikely == _settings.EndOfText ? double.NegativeInfinity : drawn[i].LogConfidence;
        }
    }

    private void Consume(int first, Span<float> logits)
    {
        int vocabulary = _denoiser.VocabularySize;
        for (int i = 0; i * vocabulary < logits.Length; i++)
        {
            (DenoisingRow row, int index, Use use) = _origins[first + i];
            Span<float> own = logits.Slice(i * vocabulary, vocabulary);
            if (use == Use.Keep)
            {
                _guided!.Keep(index, row.Asked.Length, own);
                continue;
            }
            if (use == Use.Join)
                _guided!.Join(index, own);
            Propose(row, ref row.Asked[index], own);
        }
    }

    private void Propose(DenoisingRow row, ref Proposal proposal, Span<float> logits)
    {
        if (_penalty is not null)
        {
            if (_penalized != row)
                _penalty.Begin(row.Tokens);
            _penalized = row;
            _penalty.Apply(logits);
        }
        if (EarlyEnd(row, proposal.Position) is int end)
            logits[end] = float.NegativeInfinity;
        if (_allowed is not null)
            Restrict(logits, _allowed(row.Index, proposal.Position));
        ConfidenceScore score = _sampler.Score;
        if (!_filter.TryRead(logits, _needsLogProbabilities || score != ConfidenceScore.Random))
            throw NotFinite(row, proposal.Position);
        proposal.Token = _filter.Draw(logits, row.Draws.Token(row.Step, proposal.Position), _sampler.TopK(row));
        proposal.LogProbability = _needsLogProbabilities ? _filter.LogProbability(logits, proposal.Token) : double.NaN;
        if (score != ConfidenceScore.Random)
        {
            bool ends = _settings.EndOfText is int id && _filter.MostLikely(logits) == id;
            proposal.LogConfidence = ends ? double.NegativeInfinity : _filter.LogConfidence(logits, score);
        }
    }

    /// <summary>The end of the text, at a position before which it may not end; otherwise null.</summary>
    private int? EarlyEnd(DenoisingRow row, int position) =>
        _settings.EndOfText is int end && row.Ordinal(position) < _settings.MinimumLength ? end : null;

    private static InvalidOperationException NotFinite(DenoisingRow row, int position) => new(
        $"At step {row.Step} of {row.Steps} the denoiser gave NaN or infinite logits for row {row.Index}, position {position}. The " +
        "model's weights are damaged or its training diverged: load or train another model.");

    private static void Restrict(Span<float> logits, ReadOnlySpan<bool> allowed)
    {
        for (int token = 0; token < allowed.Length; token++)
        {
            if (!allowed[token])
                logits[token] = float.NegativeInfinity;
        }
    }

    private static void CheckCount(int length, int expected, string name)
    {
        if (length != 0 && length != expected)
            throw new ArgumentException($"{name} has {length} entries for {expected} rows. Give one for each row, or none at all.", name);
    }

    /// <summary>What to do with a position's logits.</summary>
    private enum Use
    {
        Draw,
        Keep,
        Join,
    }

    private readonly record struct Origin(DenoisingRow Row, int Index, Use Use);
}
