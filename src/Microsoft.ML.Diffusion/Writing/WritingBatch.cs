using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Cursors;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>Rows of prompts or templates whose texts are written together.</summary>
/// <typeparam name="TText">A written text with its details.</typeparam>
internal sealed class WritingBatch<TText> : RowBatch
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _getInput;
    private readonly string[] _inputs;
    private readonly string[] _texts;
    private readonly DenoisingTrace?[] _traces;
    private readonly int _samples;
    private readonly Func<DenoisingWriter<TText>> _createWriter;
    private readonly Func<TraceRecorder>? _createRecorder;
    private DenoisingWriter<TText>? _writer; // created late: prediction engines request the getters of all columns and may use none

    /// <summary>Creates a batch.</summary>
    /// <param name="getInput">Returns the input's current prompt or template.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="samples">The number of texts for each row.</param>
    /// <param name="createWriter">Creates the writer.</param>
    /// <param name="createRecorder">Creates the recorder of the second column, the traces; null if there is none.</param>
    public WritingBatch(ValueGetter<ReadOnlyMemory<char>> getInput, int capacity, int samples, Func<DenoisingWriter<TText>> createWriter,
        Func<TraceRecorder>? createRecorder)
    {
        (_getInput, _samples, _createWriter, _createRecorder) = (getInput, samples, createWriter, createRecorder);
        (_inputs, _texts, _traces) = (new string[capacity], new string[capacity * samples], new DenoisingTrace?[capacity * samples]);
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> input = default;
        _getInput(ref input);
        _inputs[slot] = input.ToString();
    }

    public override int Compute(int first, int count)
    {
        _writer ??= _createWriter();
        TraceRecorder? recorder = _createRecorder?.Invoke();
        IReadOnlyList<TText> texts;
        try
        {
            texts = _writer.Write(_inputs.AsSpan(first, count).ToArray(), recorder);
        }
        catch (ArgumentException) when (count > 1)
        {
            // The refused input may be another row's: this row's text must depend on its own input alone.
            count = 1;
            texts = _writer.Write([_inputs[first]], recorder);
        }
        for (int i = 0; i < texts.Count; i++)
        {
            _texts[first * _samples + i] = _writer.TextOf(texts[i]);
            int row = _writer.RowOf(texts[i], i);
            _traces[first * _samples + i] = recorder is null || row < 0 ? null : recorder.Trace(row);
        }
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => TextColumns.MakeGetter(
        _samples, column == 0 ? sample => _texts[slot() * _samples + sample].AsMemory() : sample =>
            (_traces[slot() * _samples + sample]?.ToJson()).AsMemory());

    public override void Dispose() => _writer?.Dispose();
}
