using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Steps through the input's rows, and reads their prompts ahead with a second cursor on the input, so that texts are written in
/// batches and nothing else of a row has to be kept. A batch is written when the first of its texts is asked for.
/// </summary>
internal sealed class GenerationCursor : DataViewRowCursor
{
    /// <summary>The first batch is small, so that a look at the first rows does not wait for many.</summary>
    private const int FirstBatch = 4;
    private const int LargestBatch = 32;

    private readonly IHost _host;
    private readonly DataViewRowCursor _rows;
    private readonly DataViewRowCursor _ahead;
    private readonly ValueGetter<ReadOnlyMemory<char>> _getPrompt;
    private readonly ColumnBindings _bindings;
    private readonly HashSet<int> _active;
    private readonly PromptWriter _writer;
    private readonly int _samples;
    private readonly List<string> _prompts = [];
    private IReadOnlyList<GeneratedText> _texts = [];
    private long _row = -1;
    private long _firstInBatch;
    private long _aheadRow = -1;
    private int _batch = FirstBatch;
    private bool _disposed;

    public GenerationCursor(
        IHost host, DiffusionGenerateTransformer transformer, IDataView input, ColumnBindings bindings, IReadOnlyList<DataViewSchema.Column> needed)
    {
        _host = host;
        _bindings = bindings;
        _active = [.. needed.Select(column => column.Index)];
        _samples = transformer.Settings.Samples;
        DataViewSchema.Column prompt = TextColumns.Find(host, input.Schema, transformer.InputColumnName, "input");
        _rows = input.GetRowCursor([.. needed.Select(column => Source(column)).OfType<DataViewSchema.Column>()]);
        _ahead = input.GetRowCursor([prompt]);
        _getPrompt = _ahead.GetGetter<ReadOnlyMemory<char>>(prompt);
        _writer = transformer.CreateWriter();
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _rows.Position;

    public override long Batch => _rows.Batch;

    public override bool MoveNext()
    {
        _host.CheckAlive();
        if (!_rows.MoveNext())
            return false;
        _row++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => _rows.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (Source(column) is DataViewSchema.Column source)
            return _rows.GetGetter<TValue>(source);
        return GenerationColumn.MakeGetter(_samples, CurrentTexts) as ValueGetter<TValue>
            ?? throw _host.Except($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _writer.Dispose();
            _ahead.Dispose();
            _rows.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>The input's column that a column of this cursor passes on, or null for the column that is written.</summary>
    private DataViewSchema.Column? Source(DataViewSchema.Column column)
    {
        int index = _bindings.MapColumnIndex(out bool isSource, column.Index);
        return isSource ? _bindings.InputSchema[index] : null;
    }

    private string[] CurrentTexts()
    {
        _host.Check(_row >= 0, "Cannot call a getter in the current state: the cursor has not been moved to a row.");
        if (_row >= _firstInBatch + _texts.Count / _samples)
            WriteBatch();
        int first = (int)(_row - _firstInBatch) * _samples;
        var texts = new string[_samples];
        for (int i = 0; i < _samples; i++)
            texts[i] = _texts[first + i].Text;
        return texts;
    }

    /// <summary>Writes the current row and some that follow.</summary>
    private void WriteBatch()
    {
        _prompts.Clear();
        ReadOnlyMemory<char> prompt = default;
        while (_prompts.Count < _batch && _ahead.MoveNext())
        {
            if (++_aheadRow < _row)
                continue;
            _getPrompt(ref prompt);
            _prompts.Add(prompt.ToString());
        }
        _host.Check(_prompts.Count > 0, "The input gave fewer rows when it was read a second time; expected a data view that gives the same rows each time. Cache it first (mlContext.Data.Cache).");
        _firstInBatch = _row;
        _texts = _writer.Write(_prompts);
        _batch = Math.Min(LargestBatch, 2 * _batch);
    }
}
