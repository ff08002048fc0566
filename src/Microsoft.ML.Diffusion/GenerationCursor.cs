using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Reads some rows ahead, keeps the values of the columns that are asked for, and writes the texts of those rows together when the
/// first of them is asked for. The input is read once, in its order.
/// </summary>
internal sealed class GenerationCursor : DataViewRowCursor
{
    /// <summary>The first batch is small, so that a look at the first rows does not wait for many.</summary>
    private const int FirstBatch = 4;
    private const int LargestBatch = 32;

    private readonly IHost _host;
    private readonly DataViewRowCursor _input;
    private readonly ColumnBindings _bindings;
    private readonly bool[] _active;
    private readonly Dictionary<int, ColumnBuffer> _columns;
    private readonly ValueGetter<ReadOnlyMemory<char>> _getPrompt;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly DataViewRowId[] _ids = new DataViewRowId[LargestBatch];
    private readonly long[] _batches = new long[LargestBatch];
    private readonly List<string> _prompts = [];
    private readonly PromptWriter _writer;
    private readonly GenerationProgress _progress;
    private readonly int _samples;
    private IReadOnlyList<GeneratedText>? _texts;
    private int _firstWithText;
    private int _promptSlot;
    private int _batchSize = FirstBatch;
    private int _rowsRead;
    private int _slot = -1;
    private long _position = -1;
    private bool _disposed;

    /// <summary>Makes a cursor.</summary>
    /// <param name="host">The transformer's.</param>
    /// <param name="transformer">Writes the texts.</param>
    /// <param name="input">The input's rows, with the prompts and what is passed on of <paramref name="needed"/> active; disposed with the cursor.</param>
    /// <param name="bindings">The columns.</param>
    /// <param name="needed">The columns that are asked for.</param>
    /// <param name="rowCount">The number of rows of the whole view, where it is known.</param>
    public GenerationCursor(
        IHost host, DiffusionGenerateTransformer transformer, DataViewRowCursor input, ColumnBindings bindings, List<DataViewSchema.Column> needed, long? rowCount)
    {
        (_host, _input, _bindings, _samples) = (host, input, bindings, transformer.Settings.Samples);
        _active = new bool[bindings.Schema.Count];
        foreach (DataViewSchema.Column column in needed)
            _active[column.Index] = true;
        _columns = input.Schema.Where(input.IsColumnActive).ToDictionary(column => column.Index, column => ColumnBuffer.Create(input, column, LargestBatch));
        int prompt = TextColumns.Find(host, input.Schema, transformer.InputColumnName, "input").Index;
        _getPrompt = (ValueGetter<ReadOnlyMemory<char>>)_columns[prompt].MakeGetter(() => _promptSlot);
        _getId = input.GetIdGetter();
        _writer = transformer.CreateWriter();
        _progress = new GenerationProgress(host, rowCount, transformer.ReportInterval);
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _position;

    public override long Batch => _slot >= 0 ? _batches[_slot] : 0;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        _host.CheckAlive();
        if (_slot + 1 == _rowsRead)
            ReadAhead();
        if (_slot + 1 == _rowsRead)
        {
            Dispose();
            return false;
        }
        _slot++;
        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        CheckColumn(column);
        return _active[column.Index];
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _host.CheckParam(IsColumnActive(column), nameof(column), $"The column '{column.Name}' is not active: name it when the cursor is asked for.");
        int index = _bindings.MapColumnIndex(out bool isSource, column.Index);
        Delegate getter = isSource ? _columns[index].MakeGetter(CurrentSlot) : RowTexts.MakeGetter(_samples, CurrentTexts);
        return getter as ValueGetter<TValue>
            ?? throw _host.Except($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            (_slot, _rowsRead, _position) = (-1, 0, -1);
            _writer.Dispose();
            _progress.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private void ReadAhead()
    {
        (_slot, _rowsRead, _texts) = (-1, 0, null);
        for (; _rowsRead < _batchSize && _input.MoveNext(); _rowsRead++)
        {
            foreach (ColumnBuffer column in _columns.Values)
                column.Read(_rowsRead);
            _getId(ref _ids[_rowsRead]);
            _batches[_rowsRead] = _input.Batch;
        }
        _batchSize = Math.Min(LargestBatch, 2 * _batchSize);
    }

    private RowTexts CurrentTexts()
    {
        int slot = CurrentSlot();
        if (_texts is null || slot >= _firstWithText + _texts.Count / _samples)
        {
            _prompts.Clear();
            ReadOnlyMemory<char> prompt = default;
            for (_promptSlot = slot; _promptSlot < _rowsRead; _promptSlot++)
            {
                _getPrompt(ref prompt);
                _prompts.Add(prompt.ToString());
            }
            try
            {
                _texts = _writer.Write(_prompts);
            }
            catch (ArgumentException) when (_prompts.Count > 1)
            {
                // A prompt that is refused may be another row's: this row's text depends on its own alone.
                _prompts.RemoveRange(1, _prompts.Count - 1);
                _texts = _writer.Write(_prompts);
            }
            _firstWithText = slot;
            _progress.Add(_prompts.Count);
        }
        return new RowTexts(_texts, (slot - _firstWithText) * _samples);
    }

    private int CurrentSlot()
    {
        _host.Check(_slot >= 0, "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after that method returned false.");
        return _slot;
    }

    private void CheckColumn(DataViewSchema.Column column) =>
        _host.CheckParam(
            column.Index < Schema.Count && Schema[column.Index].Name == column.Name, nameof(column),
            $"The column '{column.Name}' is not one of this cursor's schema. Take it from the schema of the data view that gave the cursor.");
}
