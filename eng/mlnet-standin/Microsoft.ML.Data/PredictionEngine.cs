using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The base of engines that score objects one at a time: each object it is given is the next row of its input.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly DataViewRow _row;
    private readonly IEnumerable<TDst> _results;
    private readonly IDisposable _owned;
    private TSrc _example;
    private bool _disposed;

    private protected PredictionEngineBase(
        IHostEnvironment env,
        ITransformer transformer,
        bool ignoreMissingColumns,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null,
        bool ownsTransformer = true)
    {
        env.CheckValue(transformer, nameof(transformer));
        env.CheckParam(transformer.IsRowToRowMapper, nameof(transformer), "Must be a row to row mapper");
        _owned = ownsTransformer ? transformer as IDisposable : null;
        var catalog = new DataOperationsCatalog(env);
        IDataView examples = catalog.LoadFromEnumerable(Examples(), inputSchemaDefinition);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(examples.Schema);
        DataViewRowCursor input = examples.GetRowCursor(examples.Schema);
        _row = mapper.GetRow(input, mapper.OutputSchema);
        _results = catalog.CreateEnumerable<TDst>(new Results(input, _row), reuseRowObject: false, ignoreMissingColumns, outputSchemaDefinition);
    }

    public TDst Predict(TSrc example)
    {
        Contracts.CheckValue(example, nameof(example));
        _example = example;
        return _results.First();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _row.Dispose();
        _owned?.Dispose();
    }

    private IEnumerable<TSrc> Examples()
    {
        while (true)
            yield return _example;
    }

    /// <summary>What is made of the examples. Each reader takes the next, and leaves it to the engine to dispose of the row.</summary>
    private sealed class Results(DataViewRowCursor examples, DataViewRow row) : DataViewRowCursor, IDataView
    {
        public bool CanShuffle => false;
        public override long Position => row.Position;
        public override long Batch => row.Batch;
        public override DataViewSchema Schema => row.Schema;
        public long? GetRowCount() => null;
        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) => this;
        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) => [this];
        public override bool MoveNext() => examples.MoveNext();
        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);
        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);
    }
}

/// <summary>Scores objects one at a time, on one thread at a time.</summary>
public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst>
    where TSrc : class
    where TDst : class, new()
{
    internal PredictionEngine(
        IHostEnvironment env,
        ITransformer transformer,
        bool ignoreMissingColumns,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null,
        bool ownsTransformer = true)
        : base(env, transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition, ownsTransformer) { }
}

/// <summary>How an engine is made.</summary>
public sealed class PredictionEngineOptions
{
    public bool IgnoreMissingColumns = true;
    public SchemaDefinition InputSchemaDefinition;
    public SchemaDefinition OutputSchemaDefinition;
    public bool OwnsTransformer = true;
}
