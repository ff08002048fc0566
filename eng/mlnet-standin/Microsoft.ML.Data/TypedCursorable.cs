using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row that can be read into an object.</summary>
internal interface IRowReadableAs<TRow> : IDisposable
    where TRow : class
{
    void FillValues(TRow row);
}

/// <summary>Data whose rows can be.</summary>
internal interface ICursorable<TRow>
    where TRow : class;

/// <summary>Reads the columns of data into the members of objects.</summary>
internal sealed class TypedCursorable<TRow> : ICursorable<TRow>
    where TRow : class
{
    private readonly List<(InternalSchemaDefinition.Column Member, DataViewSchema.Column Column)> _bound = [];

    private TypedCursorable(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, InternalSchemaDefinition definition)
    {
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

    public Func<int, bool> GetDependencies(Func<int, bool> additionalColumnsPredicate) =>
        index => additionalColumnsPredicate(index) || _bound.Exists(b => b.Column.Index == index);

    public IRowReadableAs<TRow> GetRow(DataViewRow input) => new Row(input, this);

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

    private sealed class Row : IRowReadableAs<TRow>
    {
        private readonly DataViewRow _input;
        private readonly Action<TRow> _read = _ => { };

        public Row(DataViewRow input, TypedCursorable<TRow> parent)
        {
            _input = input;
            Func<DataViewRow, InternalSchemaDefinition.Column, DataViewSchema.Column, Action<TRow>> make = MakeReader<int>;
            foreach ((InternalSchemaDefinition.Column member, DataViewSchema.Column column) in parent._bound)
                _read += (Action<TRow>)make.Method.GetGenericMethodDefinition().MakeGenericMethod(column.Type.RawType).Invoke(null, [input, member, column]);
        }

        public void FillValues(TRow row) => _read(row);
        public void Dispose() => _input.Dispose();
    }
}
