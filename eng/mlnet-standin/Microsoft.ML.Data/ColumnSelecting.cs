using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel),
    ColumnSelectingTransformer.UserName, ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps some columns, or drops some.</summary>
public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false, bool ignoreMissing = false)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(env, keepColumns, dropColumns, keepHidden, ignoreMissing)) { }

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

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new Selection(this, inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new Selection(this, input.Schema, input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new Selection(this, inputSchema);

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

    /// <summary>What becomes of one schema, and where there is a source, of its data; dropping keeps the hidden columns that are not named.</summary>
    private sealed class Selection : IDataView, IRowToRowMapper
    {
        private readonly IDataView _source;
        private readonly int[] _sources;

        public Selection(ColumnSelectingTransformer parent, DataViewSchema inputSchema, IDataView source = null)
        {
            parent._host.CheckValue(inputSchema, nameof(inputSchema));
            if (!parent.IgnoreMissing && !IsSchemaValid(inputSchema.Select(c => c.Name), parent._selected, out IEnumerable<string> missing))
                throw parent._host.ExceptSchemaMismatch(nameof(inputSchema), "input", string.Join(",", missing));
            InputSchema = inputSchema;
            _source = source;
            IEnumerable<DataViewSchema.Column> columns = parent.KeepColumns
                ? parent._selected.SelectMany(name => inputSchema.Where(c => c.Name == name && (parent.KeepHidden || !c.IsHidden)))
                : inputSchema.Where(c => !parent._selected.Contains(c.Name));
            _sources = [.. columns.Select(c => c.Index)];
            OutputSchema = SchemaExtensions.MakeSchema(_sources.Select(i => new DataViewSchema.DetachedColumn(inputSchema[i])));
        }

        public DataViewSchema InputSchema { get; }
        public DataViewSchema OutputSchema { get; }
        DataViewSchema IDataView.Schema => OutputSchema;
        public bool CanShuffle => _source.CanShuffle;
        public long? GetRowCount() => _source.GetRowCount();
        public DataViewSchema.Column SourceOf(DataViewSchema.Column column) => InputSchema[_sources[column.Index]];
        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => [.. dependingColumns.Select(SourceOf)];
        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(input, this);

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Row(_source.GetRowCursor(GetDependencies(columnsNeeded), rand), this);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [.. _source.GetRowCursorSet(GetDependencies(columnsNeeded), n, rand).Select(cursor => new Row(cursor, this))];
    }

    /// <summary>The selected columns of a row; a cursor, where its input is one.</summary>
    private sealed class Row(DataViewRow input, Selection selection) : DataViewRowCursor
    {
        public override long Position => input.Position;
        public override long Batch => input.Batch;
        public override DataViewSchema Schema => selection.OutputSchema;
        public override bool MoveNext() => ((DataViewRowCursor)input).MoveNext();
        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(selection.SourceOf(column));
        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(selection.SourceOf(column));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
