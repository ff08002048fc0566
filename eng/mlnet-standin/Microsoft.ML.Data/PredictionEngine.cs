using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The base of engines that score objects one at a time.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly InputRow _inputRow;
    private readonly IRowReadableAs<TDst> _outputRow;
    private readonly bool _ownsTransformer;
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
        Transformer = transformer;
        _ownsTransformer = ownsTransformer;
        inputSchemaDefinition ??= SchemaDefinition.Create(typeof(TSrc), SchemaDefinition.Direction.Read);
        _inputRow = new InputRow(inputSchemaDefinition);
        OutputSchema = transformer.GetOutputSchema(_inputRow.Schema);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(_inputRow.Schema);
        var output = new EmptyDataView(env, mapper.OutputSchema);
        _outputRow = TypedCursorable<TDst>.Create(env, output, ignoreMissingColumns, outputSchemaDefinition).GetRow(mapper.GetRow(_inputRow, mapper.OutputSchema));
    }

    public DataViewSchema OutputSchema { get; }
    private protected ITransformer Transformer { get; }

    public TDst Predict(TSrc example)
    {
        var result = new TDst();
        Predict(example, ref result);
        return result;
    }

    public abstract void Predict(TSrc example, ref TDst prediction);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _outputRow.Dispose();
        if (_ownsTransformer)
            (Transformer as IDisposable)?.Dispose();
    }

    private protected void ExtractValues(TSrc example) => _inputRow.Set(example);
    private protected void FillValues(TDst prediction) => _outputRow.FillValues(prediction);

    /// <summary>The one row of an engine: each object it is given is the next row.</summary>
    private sealed class InputRow(SchemaDefinition definition) : DataViewRow
    {
        private readonly Delegate[] _peeks = [.. InternalSchemaDefinition.Create(typeof(TSrc), definition).Columns.Select(ApiUtils.GeneratePeek<TSrc, TSrc>)];
        private TSrc _row;
        private long _position = -1;
        public override long Position => _position;
        public override long Batch => 0;

        public override DataViewSchema Schema { get; } = SchemaExtensions.MakeSchema(
            definition.Select(c => new DataViewSchema.DetachedColumn(c.ColumnName, c.ColumnType, c.Annotations)));

        public override bool IsColumnActive(DataViewSchema.Column column) => true;
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var peek = (Peek<TSrc, TValue>)_peeks[column.Index];
            return (ref TValue value) => peek(_row, _position, ref value);
        }

        public void Set(TSrc row)
        {
            _row = row;
            _position++;
        }
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
        : base(env, transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition, ownsTransformer)
    {
    }

    public override void Predict(TSrc example, ref TDst prediction)
    {
        Contracts.CheckValue(example, nameof(example));
        ExtractValues(example);
        prediction ??= new TDst();
        FillValues(prediction);
    }
}

/// <summary>How an engine is made.</summary>
public sealed class PredictionEngineOptions
{
    public bool IgnoreMissingColumns = true;
    public SchemaDefinition InputSchemaDefinition;
    public SchemaDefinition OutputSchemaDefinition;
    public bool OwnsTransformer = true;
}
