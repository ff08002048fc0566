namespace Microsoft.ML.Diffusion;

/// <summary>Rows with prompts, whose texts are written together.</summary>
internal sealed class PromptBatch : RowBatch
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _getPrompt;
    private readonly string[] _prompts;
    private readonly RowTexts[] _texts;
    private readonly int _samples;
    private readonly Func<PromptWriter> _createWriter;
    private readonly Func<TraceRecorder>? _createRecorder;
    private PromptWriter? _writer; // prediction engines ask for the getters of all columns, and may use none

    /// <summary>Makes a batch.</summary>
    /// <param name="getPrompt">Gives the input's current prompt.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="samples">The number of texts for a prompt.</param>
    /// <param name="createWriter">Makes what writes.</param>
    /// <param name="createRecorder">Makes what records the second column, the traces; null where there is none.</param>
    public PromptBatch(ValueGetter<ReadOnlyMemory<char>> getPrompt, int capacity, int samples, Func<PromptWriter> createWriter, Func<TraceRecorder>? createRecorder)
    {
        (_getPrompt, _samples, _createWriter, _createRecorder) = (getPrompt, samples, createWriter, createRecorder);
        (_prompts, _texts) = (new string[capacity], new RowTexts[capacity]);
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> prompt = default;
        _getPrompt(ref prompt);
        _prompts[slot] = prompt.ToString();
    }

    public override int Compute(int first, int count)
    {
        _writer ??= _createWriter();
        TraceRecorder? recorder = _createRecorder?.Invoke();
        IReadOnlyList<GeneratedText> texts;
        try
        {
            texts = _writer.Write(_prompts.AsSpan(first, count).ToArray(), recorder);
        }
        catch (ArgumentException) when (count > 1)
        {
            // A prompt that is refused may be another row's: this row's text depends on its own alone.
            count = 1;
            texts = _writer.Write([_prompts[first]], recorder);
        }
        IReadOnlyList<DenoisingTrace>? traces = recorder?.Traces;
        for (int i = 0; i < count; i++)
            _texts[first + i] = new RowTexts(texts, i * _samples, traces);
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) =>
        column == 0 ? RowTexts.MakeGetter(_samples, () => _texts[slot()]) : RowTexts.MakeTraceGetter(_samples, () => _texts[slot()]);

    public override void Dispose() => _writer?.Dispose();
}
