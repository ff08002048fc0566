using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row that can be read into an object.</summary>
internal interface IRowReadableAs<TRow> : IDisposable
    where TRow : class
{
    void FillValues(TRow row);
}

/// <summary>A cursor whose rows can be.</summary>
internal abstract class RowCursor<TRow> : DataViewRowCursor, IRowReadableAs<TRow>
    where TRow : class
{
    public abstract void FillValues(TRow row);
}

/// <summary>Data whose rows can be.</summary>
internal interface ICursorable<TRow>
    where TRow : class
{
    RowCursor<TRow> GetCursor();
}

/// <summary>Reads the columns of data into the members of objects.</summary>
internal sealed class TypedCursorable<TRow> : ICursorable<TRow>
    where TRow : class
{
    private readonly IDataView _data;
    private readonly List<(InternalSchemaDefinition.Column Member, DataViewSchema.Column Column)> _bound = [];

    private TypedCursorable(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, InternalSchemaDefinition definition)
    {
        _data = data;
        foreach (InternalSchemaDefinition.Column member in definition.Columns)
        {
            if (data.Schema.GetColumnOrNull(member.ColumnName) is not DataViewSchema.Column column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw env.ExceptSchemaMismatch("Schema", "", member.ColumnName);
            }
            if (column.Type is VectorDataViewType != member.ColumnType is VectorDataViewType
                || column.Type.GetItemType().RawType != member.ColumnType.GetItemType().RawType)
            {
                throw env.Except(
                    $"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to field or property " +
                    $"'{member.MemberInfo.Name}' of type '{member.FieldOrPropertyType.FullName}'.");
            }
            _bound.Add((member, column));
        }
    }

    public static TypedCursorable<TRow> Create(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, SchemaDefinition schemaDefinition) =>
        new(env, data, ignoreMissingColumns, schemaDefinition is null
            ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write)
            : InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition));

    public RowCursor<TRow> GetCursor() => new Cursor(_data.GetRowCursor(_bound.Select(b => b.Column)), this);
    public IRowReadableAs<TRow> GetRow(DataViewRow input) => new Row(input, this);

    private Action<TRow> MakeReader(DataViewRow row)
    {
        Action<TRow> read = _ => { };
        foreach ((InternalSchemaDefinition.Column member, DataViewSchema.Column column) in _bound)
        {
            Func<DataViewRow, InternalSchemaDefinition.Column, DataViewSchema.Column, Action<TRow>> make = MakeReader<int>;
            read += (Action<TRow>)make.Method.GetGenericMethodDefinition().MakeGenericMethod(column.Type.RawType).Invoke(null, [row, member, column]);
        }
        return read;
    }

    private static Action<TRow> MakeReader<TValue>(DataViewRow row, InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        ValueGetter<TValue> get = row.GetGetter<TValue>(column);
        var poke = (Poke<TRow, TValue>)ApiUtils.GeneratePoke<TypedCursorable<TRow>, TRow>(member);
        TValue value = default;
        return target =>
        {
            get(ref value);
            poke(target, value);
        };
    }

    private sealed class Row(DataViewRow input, TypedCursorable<TRow> parent) : IRowReadableAs<TRow>
    {
        private readonly Action<TRow> _read = parent.MakeReader(input);
        public void FillValues(TRow row) => _read(row);
        public void Dispose() => input.Dispose();
    }

    private sealed class Cursor(DataViewRowCursor input, TypedCursorable<TRow> parent) : RowCursor<TRow>
    {
        private readonly Action<TRow> _read = parent.MakeReader(input);
        public override long Position => input.Position;
        public override long Batch => input.Batch;
        public override DataViewSchema Schema => input.Schema;
        public override void FillValues(TRow row) => _read(row);
        public override bool MoveNext() => input.MoveNext();
        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);
        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            base.Dispose(disposing);
        }
    }
}
