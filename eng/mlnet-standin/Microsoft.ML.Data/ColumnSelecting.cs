using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(ColumnSelectingTransformer.Summary, typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel),
    ColumnSelectingTransformer.UserName, ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps some columns, or drops some.</summary>
public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false, bool ignoreMissing = false)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(env, keepColumns, dropColumns, keepHidden, ignoreMissing))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        string[] selected = [.. Transformer.SelectColumns];
        if (!Transformer.IgnoreMissing && !ColumnSelectingTransformer.IsSchemaValid(inputSchema.Select(c => c.Name), selected, out IEnumerable<string> missing))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", string.Join(",", missing));
        return new SchemaShape(Transformer.KeepColumns
            ? selected.SelectMany(name => inputSchema.Where(c => c.Name == name))
            : inputSchema.Where(c => !selected.Contains(c.Name)));
    }
}

/// <summary>Keeps some columns, or drops some.</summary>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderSignature = "SelectColumnsTransform";
    internal const string Summary = "Selects which columns from the dataset to keep.";
    internal const string UserName = "Select Columns Transform";
    private readonly IHost _host;
    private readonly string[] _selected;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false, bool ignoreMissing = false)
        : this(env, keepColumns ?? dropColumns, keepColumns is not null, keepHidden, ignoreMissing) =>
        _host.CheckUserArg(keepColumns is null != dropColumns is null, nameof(keepColumns), "Either columns to keep or columns to drop are given, not both.");

    private ColumnSelectingTransformer(IHostEnvironment env, string[] selected, bool keep, bool keepHidden, bool ignoreMissing)
    {
        _host = env.Register(nameof(ColumnSelectingTransformer));
        _selected = selected;
        (KeepColumns, KeepHidden, IgnoreMissing) = (keep, keepHidden, ignoreMissing);
    }

    internal IEnumerable<string> SelectColumns => _selected;
    internal bool KeepColumns { get; }
    internal bool KeepHidden { get; }
    internal bool IgnoreMissing { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new Mapper(this, inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new View(_host, input, new Mapper(this, input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(this, inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Write(KeepColumns);
        ctx.Writer.Write(KeepHidden);
        ctx.Writer.Write(IgnoreMissing);
        ctx.Writer.Write(_selected.Length);
        foreach (string name in _selected)
            ctx.SaveNonEmptyString(name);
    }

    internal static bool IsSchemaValid(IEnumerable<string> inputColumns, IEnumerable<string> selectColumns, out IEnumerable<string> invalidColumns)
    {
        invalidColumns = [.. selectColumns.Except(inputColumns)];
        return !invalidColumns.Any();
    }

    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        bool keep = ctx.Reader.ReadBoolean(), keepHidden = ctx.Reader.ReadBoolean(), ignoreMissing = ctx.Reader.ReadBoolean();
        string[] selected = new string[ctx.Reader.ReadInt32()];
        for (int i = 0; i < selected.Length; i++)
            selected[i] = ctx.LoadNonEmptyString();
        return new ColumnSelectingTransformer(env, selected, keep, keepHidden, ignoreMissing);
    }

    private static VersionInfo GetVersionInfo() => new(
        "SELCOLST", verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
        typeof(ColumnSelectingTransformer).Assembly.FullName, LoaderSignature);

    /// <summary>What becomes of one schema; dropping keeps the hidden columns that are not named.</summary>
    private sealed class Mapper : IRowToRowMapper
    {
        private readonly int[] _sources;

        public Mapper(ColumnSelectingTransformer parent, DataViewSchema inputSchema)
        {
            parent._host.CheckValue(inputSchema, nameof(inputSchema));
            if (!parent.IgnoreMissing && !IsSchemaValid(inputSchema.Select(c => c.Name), parent._selected, out IEnumerable<string> missing))
                throw parent._host.ExceptSchemaMismatch(nameof(inputSchema), "input", string.Join(",", missing));
            InputSchema = inputSchema;
            IEnumerable<DataViewSchema.Column> columns = parent.KeepColumns
                ? parent._selected.SelectMany(name => inputSchema.Where(c => c.Name == name && (parent.KeepHidden || !c.IsHidden)))
                : inputSchema.Where(c => !parent._selected.Contains(c.Name));
            _sources = [.. columns.Select(c => c.Index)];
            OutputSchema = SchemaExtensions.MakeSchema(_sources.Select(i => new DataViewSchema.DetachedColumn(inputSchema[i])));
        }

        public DataViewSchema InputSchema { get; }
        public DataViewSchema OutputSchema { get; }
        public DataViewSchema.Column SourceOf(DataViewSchema.Column column) => InputSchema[_sources[column.Index]];
        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => [.. dependingColumns.Select(SourceOf)];
        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(input, this);
    }

    private sealed class Row(DataViewRow input, Mapper mapper) : WrappingRow(input)
    {
        public override DataViewSchema Schema => mapper.OutputSchema;
        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(mapper.SourceOf(column));
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(mapper.SourceOf(column));
    }

    private sealed class View(IHost host, IDataView source, Mapper mapper) : IDataView
    {
        public bool CanShuffle => source.CanShuffle;
        public DataViewSchema Schema => mapper.OutputSchema;
        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Cursor(host, source.GetRowCursor(mapper.GetDependencies(columnsNeeded), rand), mapper);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [.. source.GetRowCursorSet(mapper.GetDependencies(columnsNeeded), n, rand).Select(c => new Cursor(host, c, mapper))];
    }

    private sealed class Cursor(IHost host, DataViewRowCursor input, Mapper mapper) : SynchronizedCursorBase(host, input)
    {
        public override DataViewSchema Schema => mapper.OutputSchema;
        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(mapper.SourceOf(column));
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(mapper.SourceOf(column));
    }
}
