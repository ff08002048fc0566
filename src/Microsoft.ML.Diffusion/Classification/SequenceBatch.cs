using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>
/// Rows of texts or pairs whose scores are computed together. It logs a warning for texts that were cut, empty or repaired.
/// </summary>
internal sealed class SequenceBatch : RowBatch
{
    private readonly ModelUse<TaskModel> _use;
    private readonly Tokenizer _tokenizer;
    private readonly int _maxLength;
    private readonly bool _warnsAtOnce;
    private readonly Func<int, Func<ReadOnlyMemory<float>>, Delegate> _makeGetter;
    private readonly ValueGetter<ReadOnlyMemory<char>>[] _getTexts;
    private readonly string[,] _texts;
    private float[] _scores = [];
    private int _outputs;
    private long _rows;
    private bool _disposed;
    private TextSequences? _sequences; // created late: prediction engines request the getters of all columns and may use none
    private SequencePredictor? _predictor;

    /// <summary>Creates a batch.</summary>
    /// <param name="use">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxLength">The maximum number of tokens of a sequence.</param>
    /// <param name="getTexts">Return the input's current text, and the second text if there is one.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="warnsAtOnce">Whether the first cut text is logged immediately, for a batch that may never be disposed.</param>
    /// <param name="makeGetter">Creates a getter of an output column from one of the current row's scores, [outputs].</param>
    public SequenceBatch(
        ModelUse<TaskModel> use, Tokenizer tokenizer, int maxLength, ValueGetter<ReadOnlyMemory<char>>[] getTexts, int capacity,
        bool warnsAtOnce, Func<int, Func<ReadOnlyMemory<float>>, Delegate> makeGetter)
    {
        (_use, _tokenizer, _maxLength, _getTexts, _warnsAtOnce, _makeGetter) =
            (use, tokenizer, maxLength, getTexts, warnsAtOnce, makeGetter);
        _texts = new string[capacity, getTexts.Length];
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> text = default;
        for (int i = 0; i < _getTexts.Length; i++)
        {
            _getTexts[i](ref text);
            _texts[slot, i] = text.ToString();
        }
    }

    public override int Compute(int first, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _use.Run((model, cancellationToken) => Compute(model, first, count, cancellationToken));
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => _makeGetter(column, () =>
    {
        int current = slot();
        return _scores.AsMemory(current * _outputs, _outputs);
    });

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _predictor?.Dispose();
        if (!_warnsAtOnce)
            Warn();
    }

    private int Compute(TaskModel model, int first, int count, CancellationToken cancellationToken)
    {
        _outputs = model.Task.Outputs;
        _sequences ??= new TextSequences(_tokenizer, model.Family, model.Configuration, _maxLength);
        _predictor ??= new SequencePredictor(model);
        if (_scores.Length == 0)
            _scores = new float[_texts.GetLength(0) * _outputs];
        bool warned = HasOddTexts;
        _sequences.Clear();
        for (int slot = first; slot < first + count; slot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_getTexts.Length == 1)
                _sequences.Add(_texts[slot, 0]);
            else
                _sequences.Add(_texts[slot, 0], _texts[slot, 1]);
        }
        _rows += count;
        _predictor.Predict(_sequences, cancellationToken).CopyTo(_scores, first * _outputs);
        if (_warnsAtOnce && !warned)
            Warn();
        return count;
    }

    /// <summary>Whether there is something to warn about.</summary>
    private bool HasOddTexts => _sequences is { Truncated: > 0 } or { Empty: > 0 } or { LoneSurrogates: > 0 };

    private void Warn()
    {
        if (!HasOddTexts)
            return;
        using IChannel channel = _use.Host.Start("Score");
        if (_sequences!.Truncated > 0)
            channel.Warning("{0} of {1} texts were longer than {2} tokens; the end of each was cut.", _sequences.Truncated, _rows,
                _sequences.MaxLength);
        if (_sequences.Empty > 0)
            channel.Warning("{0} of {1} texts are empty; the special tokens alone were scored.", _sequences.Empty, _rows);
        if (_sequences.LoneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} texts were read as U+FFFD.", _sequences.LoneSurrogates, _rows);
        if (_warnsAtOnce)
            channel.Warning("Further texts like this are not logged for the same prediction engine or cursor.");
    }
}
