using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The base of transformers that add columns, each row from itself alone.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;
    private protected RowToRowTransformerBase(IHost host) => Host = host;

    bool ITransformer.IsRowToRowMapper => true;

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new Mapped(this, inputSchema);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new Mapped(this, inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new Mapped(this, input.Schema, input);
    }

    private protected abstract IRowMapper MakeRowMapper(DataViewSchema schema);
    private protected abstract void SaveModel(ModelSaveContext ctx);

    /// <summary>The base of their row mappers.</summary>
    private protected abstract class MapperBase : IRowMapper
    {
        protected readonly IHost Host;
        protected readonly DataViewSchema InputSchema;
        protected readonly Lazy<DataViewSchema.DetachedColumn[]> OutputColumns;

        protected MapperBase(IHost host, DataViewSchema inputSchema, RowToRowTransformerBase parent) =>
            (Host, InputSchema, OutputColumns) = (host, inputSchema, new Lazy<DataViewSchema.DetachedColumn[]>(GetOutputColumnsCore));

        public virtual Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            var getters = new Delegate[OutputColumns.Value.Length];
            disposer = null;
            for (int i = 0; i < getters.Length; i++)
            {
                if (!activeOutput(i))
                    continue;
                getters[i] = MakeGetter(input, i, activeOutput, out Action one);
                disposer += one;
            }
            return getters;
        }

        protected abstract DataViewSchema.DetachedColumn[] GetOutputColumnsCore();
        protected abstract Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer);
        private protected abstract Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput);
        private protected abstract void SaveModel(ModelSaveContext ctx);
        DataViewSchema.DetachedColumn[] IRowMapper.GetOutputColumns() => OutputColumns.Value;

        Func<int, bool> IRowMapper.GetDependencies(Func<int, bool> activeOutput) => GetDependenciesCore(activeOutput);

        void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);
    }

    /// <summary>A schema with the columns that a row mapper adds, and where there is a source, its data with them.</summary>
    private sealed class Mapped : IDataView, IRowToRowMapper
    {
        private readonly IHost _host;
        private readonly IDataView _source;
        private readonly IRowMapper _mapper;
        private readonly ColumnBindings _bindings;

        public Mapped(RowToRowTransformerBase parent, DataViewSchema inputSchema, IDataView source = null)
        {
            _host = parent.Host;
            _host.CheckValue(inputSchema, nameof(inputSchema));
            _source = source;
            _mapper = parent.MakeRowMapper(inputSchema);
            _bindings = new ColumnBindings(inputSchema, _mapper.GetOutputColumns());
        }

        public DataViewSchema InputSchema => _bindings.InputSchema;
        public DataViewSchema OutputSchema => _bindings.Schema;
        DataViewSchema IDataView.Schema => OutputSchema;
        public bool CanShuffle => _source.CanShuffle;
        public long? GetRowCount() => _source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            MakeRow(_source.GetRowCursor(GetDependencies(columnsNeeded), rand), columnsNeeded);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [.. _source.GetRowCursorSet(GetDependencies(columnsNeeded), n, rand).Select(cursor => MakeRow(cursor, columnsNeeded))];

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => MakeRow(input, activeColumns);

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        {
            Func<int, bool> active = Active(dependingColumns), needed = _mapper.GetDependencies(i => active(_bindings.AddedColumnIndices[i]));
            bool[] passedOn = _bindings.GetActiveInput(active);
            return [.. InputSchema.Where(c => passedOn[c.Index] || needed(c.Index))];
        }

        private Row MakeRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            _host.CheckValue(input, nameof(input));
            _host.Check(input.Schema == InputSchema, "Schema of input row must be the same as the schema the mapper is bound to");
            Func<int, bool> active = Active(activeColumns);
            Delegate[] getters = _mapper.CreateGetters(input, i => active(_bindings.AddedColumnIndices[i]), out Action disposer);
            return new Row(_host, input, _bindings, getters, disposer);
        }

        private static Func<int, bool> Active(IEnumerable<DataViewSchema.Column> columns) => columns.Select(c => c.Index).ToHashSet().Contains;
    }

    /// <summary>A row with the columns that a row mapper adds; a cursor, where its input is one.</summary>
    private sealed class Row(IHost host, DataViewRow input, ColumnBindings bindings, Delegate[] getters, Action disposer) : DataViewRowCursor
    {
        public override long Position => input.Position;
        public override long Batch => input.Batch;
        public override DataViewSchema Schema => bindings.Schema;
        public override bool MoveNext() => ((DataViewRowCursor)input).MoveNext();
        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            int index = bindings.MapColumnIndex(out bool isSource, column.Index);
            return isSource ? input.IsColumnActive(bindings.InputSchema[index]) : getters[index] is not null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = bindings.MapColumnIndex(out bool isSource, column.Index);
            if (isSource)
                return input.GetGetter<TValue>(bindings.InputSchema[index]);
            return getters[index] as ValueGetter<TValue> ?? throw host.Except(getters[index] is null
                ? $"Column '{column.Name}' is not active."
                : $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                disposer?.Invoke();
                input.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
