using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Data views and rows over objects.</summary>
internal static class DataViewConstructionUtils
{
    public static InputRow<TRow> CreateInputRow<TRow>(IHostEnvironment env, SchemaDefinition schemaDefinition = null)
        where TRow : class => new(env, Define<TRow>(schemaDefinition));

    public static StreamingDataView<TRow> CreateFromEnumerable<TRow>(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class
    {
        env.CheckValue(data, nameof(data));
        return new StreamingDataView<TRow>(env, data, Define<TRow>(schemaDefinition));
    }

    internal static DataViewSchema.DetachedColumn[] GetSchemaColumns(InternalSchemaDefinition schemaDefn) =>
    [
        .. schemaDefn.Columns.Select(column =>
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            foreach (AnnotationInfo info in column.Annotations.Values)
                annotations.Add(info.Kind, info.AnnotationType, info.GetGetterDelegate());
            return new DataViewSchema.DetachedColumn(column.ColumnName, column.ColumnType, annotations.ToAnnotations());
        }),
    ];

    private static InternalSchemaDefinition Define<TRow>(SchemaDefinition schemaDefinition) => schemaDefinition is null
        ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read)
        : InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition);

    /// <summary>A row whose values are those of an object's members.</summary>
    public abstract class InputRowBase<TRow> : DataViewRow
        where TRow : class
    {
        protected readonly IHost Host;
        private readonly Delegate[] _peeks;
        private readonly Func<int, bool> _active;

        public InputRowBase(IHostEnvironment env, DataViewSchema schema, InternalSchemaDefinition schemaDef, Delegate[] peeks, Func<int, bool> predicate)
        {
            Host = env.Register("Row");
            Schema = schema;
            _peeks = peeks;
            _active = predicate;
        }

        public override long Batch => 0;
        public sealed override DataViewSchema Schema { get; }
        public override bool IsColumnActive(DataViewSchema.Column column) => _active(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Host.Check(_active(column.Index), $"Column '{column.Name}' is not active.");
            if (_peeks[column.Index] is not Peek<TRow, TValue> peek)
                throw Host.Except($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
            return (ref TValue value) => peek(GetCurrentRowObject(), Position, ref value);
        }

        protected abstract TRow GetCurrentRowObject();
    }

    /// <summary>The one row of a prediction engine: each object it is given is the next row.</summary>
    public sealed class InputRow<TRow> : InputRowBase<TRow>
        where TRow : class
    {
        private TRow _row;
        private long _position = -1;

        public InputRow(IHostEnvironment env, InternalSchemaDefinition schemaDef)
            : base(env, SchemaExtensions.MakeSchema(GetSchemaColumns(schemaDef)), schemaDef, MakePeeks<TRow>(schemaDef), _ => true)
        {
        }

        public override long Position => _position;

        public void ExtractValues(TRow row)
        {
            Host.CheckValue(row, nameof(row));
            _row = row;
            _position++;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        protected override TRow GetCurrentRowObject()
        {
            Host.Check(_row is not null, "There is no row yet.");
            return _row;
        }
    }

    /// <summary>The base of data views over objects.</summary>
    public abstract class DataViewBase<TRow> : IDataView
        where TRow : class
    {
        protected readonly IHost Host;

        protected DataViewBase(IHostEnvironment env, string name, InternalSchemaDefinition schemaDefn)
        {
            Host = env.Register(name);
            Schema = SchemaExtensions.MakeSchema(GetSchemaColumns(schemaDefn));
        }

        public abstract bool CanShuffle { get; }
        public DataViewSchema Schema { get; }
        public abstract long? GetRowCount();
        public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);
        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) => [GetRowCursor(columnsNeeded, rand)];
    }

    /// <summary>Objects read in their order, as often as cursors ask.</summary>
    public sealed class StreamingDataView<TRow> : DataViewBase<TRow>
        where TRow : class
    {
        private readonly IEnumerable<TRow> _data;
        private readonly InternalSchemaDefinition _definition;
        private readonly Delegate[] _peeks;

        public StreamingDataView(IHostEnvironment env, IEnumerable<TRow> data, InternalSchemaDefinition schemaDefn) : base(env, "StreamingDataView", schemaDefn)
        {
            _data = data;
            _definition = schemaDefn;
            _peeks = MakePeeks<TRow>(schemaDefn);
        }

        public override bool CanShuffle => false;
        public override long? GetRowCount() => _data is ICollection<TRow> collection ? collection.Count : null;

        public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Cursor(new CurrentRow(Host, this, [.. columnsNeeded.Select(c => c.Index)]));

        private sealed class CurrentRow(IHost host, StreamingDataView<TRow> view, HashSet<int> active)
            : InputRowBase<TRow>(host, view.Schema, view._definition, view._peeks, active.Contains)
        {
            private readonly IEnumerator<TRow> _rows = view._data.GetEnumerator();
            private long _position = -1;
            public override long Position => _position;

            public bool MoveNext()
            {
                Host.CheckAlive();
                bool more = _rows.MoveNext();
                _position = more ? _position + 1 : -1;
                return more;
            }

            public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

            protected override TRow GetCurrentRowObject()
            {
                Host.Check(_position >= 0, "There is no row here.");
                return _rows.Current;
            }

            protected override void Dispose(bool disposing)
            {
                _rows.Dispose();
                base.Dispose(disposing);
            }
        }

        private sealed class Cursor(CurrentRow row) : DataViewRowCursor
        {
            public override long Position => row.Position;
            public override long Batch => row.Batch;
            public override DataViewSchema Schema => row.Schema;
            public override bool MoveNext() => row.MoveNext();
            public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);
            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);
            public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

            protected override void Dispose(bool disposing)
            {
                row.Dispose();
                base.Dispose(disposing);
            }
        }
    }

    private static Delegate[] MakePeeks<TRow>(InternalSchemaDefinition definition) =>
        [.. definition.Columns.Select(ApiUtils.GeneratePeek<TRow, TRow>)];
}
