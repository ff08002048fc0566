using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Records a <see cref="DenoisingTrace"/> of every row that it observes. It stores 16 bytes for each position that a step writes or masks
/// again, and nothing for a step without changes. Changes of a row beyond the limit are merged into one step. Not thread-safe.
/// </summary>
public sealed class TraceRecorder : IDenoisingObserver
{
    private readonly Tokenizer _tokenizer;
    private readonly int _mostChanges;
    private readonly SortedDictionary<int, Recording> _rows = [];

    /// <summary>Makes a recorder.</summary>
    /// <param name="tokenizer">Gives the mask's id and the tokens' texts.</param>
    /// <param name="mostChanges">The most changes stored per row; the default takes a mebibyte.</param>
    public TraceRecorder(Tokenizer tokenizer, int mostChanges = 1 << 16)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegative(mostChanges);
        (_tokenizer, _mostChanges) = (tokenizer, mostChanges);
    }

    /// <inheritdoc/>
    public bool NeedsLogProbabilities => true;

    /// <summary>
    /// The traces, by row; for a row that was started again, the last one. Each call makes them from the steps observed so far.
    /// </summary>
    public IReadOnlyList<DenoisingTrace> Traces => [.. _rows.Values.Select(row => row.ToTrace(_tokenizer))];

    /// <summary>The trace of one row.</summary>
    /// <exception cref="KeyNotFoundException">The row was not observed.</exception>
    public DenoisingTrace Trace(int row) => _rows[row].ToTrace(_tokenizer);

    /// <inheritdoc/>
    public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
    {
        if (completedSteps == 0 || !_rows.TryGetValue(row, out Recording? recording))
            _rows[row] = new Recording(tokens, totalSteps, _mostChanges);
        else
            recording.Add(completedSteps, tokens, _tokenizer.MaskToken);
    }

    /// <inheritdoc/>
    public void OnWritten(int row, ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities)
    {
        if (_rows.TryGetValue(row, out Recording? recording))
            recording.Note(positions, logProbabilities);
    }

    private sealed class Recording(ReadOnlySpan<int> tokens, int totalSteps, int mostChanges)
    {
        private readonly int[] _start = tokens.ToArray();
        private readonly int[] _kept = tokens.ToArray(); // the tokens after the stored steps
        private readonly int[] _now = tokens.ToArray();
        private readonly float[] _written = NotWritten(tokens.Length); // by position: the probability, or −1 where this step wrote nothing
        private readonly List<TraceStep> _steps = [];
        private readonly List<TraceChange> _changes = [];
        private int _room = mostChanges;
        private int _last;
        private bool _isWhole = true;

        public void Note(ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities)
        {
            for (int i = 0; i < positions.Length; i++)
                _written[positions[i]] = (float)Math.Exp(logProbabilities[i]);
        }

        public void Add(int step, ReadOnlySpan<int> tokens, int mask)
        {
            tokens.CopyTo(_now);
            _last = step;
            if (_isWhole)
            {
                Find(mask);
                if (_isWhole = _changes.Count <= _room)
                {
                    if (_changes.Count > 0)
                        _steps.Add(new TraceStep(step, _changes.ToArray()));
                    _room -= _changes.Count;
                    _now.CopyTo(_kept);
                }
            }
            Array.Fill(_written, -1);
        }

        public DenoisingTrace ToTrace(Tokenizer tokenizer)
        {
            List<TraceStep> steps = [.. _steps];
            if (!_isWhole)
            {
                Find(tokenizer.MaskToken);
                if (_changes.Count > 0)
                    steps.Add(new TraceStep(_last, _changes.ToArray()));
            }
            int[] ids = [.. _start.Concat(steps.SelectMany(step => step.Changes).Select(change => change.Token)).Distinct()];
            return new DenoisingTrace(tokenizer.MaskToken, totalSteps, _isWhole, [.. _start], steps, TokenTexts.Of(tokenizer, ids));
        }

        /// <summary>Records the positions that differ from the stored tokens, or were written again.</summary>
        private void Find(int mask)
        {
            _changes.Clear();
            for (int i = 0; i < _now.Length; i++)
            {
                if (_now[i] == _kept[i] && (_written[i] < 0 || _now[i] == mask))
                    continue;
                TraceChangeKind kind = _now[i] == mask ? TraceChangeKind.MaskedAgain : _kept[i] == mask ? TraceChangeKind.Written
                    : TraceChangeKind.Rewritten;
                _changes.Add(new TraceChange(i, _now[i], _written[i] < 0 ||
                    kind == TraceChangeKind.MaskedAgain ? float.NaN : _written[i], kind));
            }
        }

        private static float[] NotWritten(int length)
        {
            float[] written = new float[length];
            Array.Fill(written, -1);
            return written;
        }
    }
}
