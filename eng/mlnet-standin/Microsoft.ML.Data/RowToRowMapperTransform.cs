using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Model.Pfa;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A source with the columns that a row mapper adds, computed as they are asked for.</summary>
internal sealed class RowToRowMapperTransform : RowToRowTransformBase, IRowToRowMapper, ITransformCanSaveOnnx, ITransformCanSavePfa, ITransformTemplate
{
    private readonly IRowMapper _mapper;
    private readonly Func<DataViewSchema, IRowMapper> _mapperFactory;
    private readonly ColumnBindings _bindings;

    public RowToRowMapperTransform(IHostEnvironment env, IDataView input, IRowMapper mapper, Func<DataViewSchema, IRowMapper> mapperFactory)
        : base(env.Register("RowToRowMapperTransform"), input)
    {
        Host.CheckValue(mapper, nameof(mapper));
        _mapper = mapper;
        _mapperFactory = mapperFactory;
        _bindings = new ColumnBindings(input.Schema, mapper.GetOutputColumns());
    }

    public DataViewSchema InputSchema => Source.Schema;
    public override DataViewSchema OutputSchema => _bindings.Schema;

    public static DataViewSchema GetOutputSchema(DataViewSchema inputSchema, IRowMapper mapper) =>
        new ColumnBindings(inputSchema, mapper.GetOutputColumns()).Schema;

    private protected override void SaveModel(ModelSaveContext ctx) => _mapper.GetTransformer().Save(ctx);

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        bool[] active = GetActive(columnsNeeded, out IEnumerable<DataViewSchema.Column> inputColumns);
        return new Cursor(Host, Source.GetRowCursor(inputColumns, rand), this, active);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        bool[] active = GetActive(columnsNeeded, out IEnumerable<DataViewSchema.Column> inputColumns);
        return [.. Source.GetRowCursorSet(inputColumns, n, rand).Select(input => new Cursor(Host, input, this, active))];
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        GetActive(dependingColumns, out IEnumerable<DataViewSchema.Column> inputColumns);
        return inputColumns;
    }

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Host.CheckValue(input, nameof(input));
        Host.Check(input.Schema == Source.Schema, "Schema of input row must be the same as the schema the mapper is bound to");
        bool[] active = GetActive(activeColumns, out _);
        Delegate[] getters = _mapper.CreateGetters(input, i => active[_bindings.AddedColumnIndices[i]], out Action disposer);
        return new Row(input, this, getters, disposer);
    }

    IDataTransform ITransformTemplate.ApplyToData(IHostEnvironment env, IDataView newSource) =>
        new RowToRowMapperTransform(env, newSource, _mapperFactory(newSource.Schema), _mapperFactory);

    private bool[] GetActive(IEnumerable<DataViewSchema.Column> columnsNeeded, out IEnumerable<DataViewSchema.Column> inputColumns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
            active[column.Index] = true;
        bool[] passedOn = _bindings.GetActiveInput(i => active[i]);
        Func<int, bool> needed = _mapper.GetDependencies(i => active[_bindings.AddedColumnIndices[i]]);
        inputColumns = [.. InputSchema.Where(c => passedOn[c.Index] || needed(c.Index))];
        return active;
    }

    private ValueGetter<TValue> GetGetter<TValue>(DataViewRow input, Delegate[] getters, DataViewSchema.Column column)
    {
        int index = _bindings.MapColumnIndex(out bool isSource, column.Index);
        if (isSource)
            return input.GetGetter<TValue>(InputSchema[index]);
        return getters[index] as ValueGetter<TValue> ?? throw Host.Except(getters[index] is null
            ? $"Column '{column.Name}' is not active."
            : $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    private sealed class Row(DataViewRow input, RowToRowMapperTransform parent, Delegate[] getters, Action disposer) : WrappingRow(input)
    {
        public override DataViewSchema Schema => parent.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            int index = parent._bindings.MapColumnIndex(out bool isSource, column.Index);
            return isSource ? Input.IsColumnActive(parent.InputSchema[index]) : getters[index] is not null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => parent.GetGetter<TValue>(Input, getters, column);

        protected override void DisposeCore(bool disposing)
        {
            if (disposing)
                disposer?.Invoke();
        }
    }

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly RowToRowMapperTransform _parent;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;
        private readonly Action _disposer;

        public Cursor(IChannelProvider provider, DataViewRowCursor input, RowToRowMapperTransform parent, bool[] active) : base(provider, input)
        {
            _parent = parent;
            _active = active;
            _getters = parent._mapper.CreateGetters(input, i => active[parent._bindings.AddedColumnIndices[i]], out _disposer);
        }

        public override DataViewSchema Schema => _parent.OutputSchema;
        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _parent.GetGetter<TValue>(Input, _getters, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _disposer?.Invoke();
            base.Dispose(disposing);
        }
    }
}
