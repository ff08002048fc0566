namespace Microsoft.ML.Diffusion;

/// <summary>Rows with templates, which are filled together.</summary>
internal sealed class TemplateBatch : RowBatch
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _getTemplate;
    private readonly string[] _templates;
    private readonly ReadOnlyMemory<char>[] _texts;
    private readonly ReadOnlyMemory<char>[] _traces;
    private readonly int _samples;
    private readonly Func<GapWriter> _createWriter;
    private readonly Func<TraceRecorder>? _createRecorder;
    private GapWriter? _writer; // prediction engines ask for the getters of all columns, and may use none

    /// <summary>Makes a batch.</summary>
    /// <param name="getTemplate">Gives the input's current template.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="samples">The number of texts for a template.</param>
    /// <param name="createWriter">Makes what writes.</param>
    /// <param name="createRecorder">Makes what records the second column, the traces; null where there is none.</param>
    public TemplateBatch(ValueGetter<ReadOnlyMemory<char>> getTemplate, int capacity, int samples, Func<GapWriter> createWriter, Func<TraceRecorder>? createRecorder)
    {
        (_getTemplate, _samples, _createWriter, _createRecorder) = (getTemplate, samples, createWriter, createRecorder);
        (_templates, _texts, _traces) = (new string[capacity], new ReadOnlyMemory<char>[capacity * samples], new ReadOnlyMemory<char>[createRecorder is null ? 0 : capacity * samples]);
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> template = default;
        _getTemplate(ref template);
        _templates[slot] = template.ToString();
    }

    public override int Compute(int first, int count)
    {
        _writer ??= _createWriter();
        TraceRecorder? recorder = _createRecorder?.Invoke();
        IReadOnlyList<InfilledText> texts;
        try
        {
            texts = _writer.Write(_templates.AsSpan(first, count).ToArray(), recorder);
        }
        catch (ArgumentException) when (count > 1)
        {
            // A template that is refused may be another row's: this row's text depends on its own alone.
            count = 1;
            texts = _writer.Write([_templates[first]], recorder);
        }
        for (int i = 0; i < texts.Count; i++)
        {
            _texts[first * _samples + i] = texts[i].Text.AsMemory();
            if (recorder is not null)
                _traces[first * _samples + i] = texts[i].Row < 0 ? default : recorder.Trace(texts[i].Row).ToJson().AsMemory();
        }
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) {
        ReadOnlyMemory<char>[] values = column == 0 ? _texts : _traces;
        return TextColumns.MakeGetter(_samples, sample => values[slot() * _samples + sample]);
    }

    public override void Dispose() => _writer?.Dispose();
}
