using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>A source whose columns are kept once they have been read, in its order or in one that a seed makes.</summary>
    private sealed class Kept(IDataView source, int? shuffleSeed = null) : IDataView
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<int, Values> _columns = [];
        private int? _count;
        public bool CanShuffle => true;
        public DataViewSchema Schema => source.Schema;
        public long? GetRowCount() => _count ?? source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            DataViewSchema.Column[] needed = [.. columnsNeeded.DistinctBy(c => c.Index)];
            lock (_lock)
            {
                DataViewSchema.Column[] absent = [.. needed.Where(c => !_columns.ContainsKey(c.Index))];
                if (absent.Length > 0 || _count is null)
                    Read(absent);
                int[] order = [.. Enumerable.Range(0, _count.Value)];
                (rand ?? (shuffleSeed is int seed ? new Random(seed) : null))?.Shuffle(order);
                return new KeptCursor(Schema, needed.ToDictionary(c => c.Index, c => _columns[c.Index]), order);
            }
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private void Read(DataViewSchema.Column[] columns)
        {
            using DataViewRowCursor cursor = source.GetRowCursor(columns);
            Values[] read = [.. columns.Select(c => Values.Create(cursor, c))];
            int count = 0;
            for (; cursor.MoveNext(); count++)
            {
                foreach (Values values in read)
                    values.Keep();
            }
            for (int i = 0; i < columns.Length; i++)
                _columns[columns[i].Index] = read[i];
            _count = count;
        }
    }

    private sealed class KeptCursor(DataViewSchema schema, Dictionary<int, Values> columns, int[] order) : DataViewRowCursor
    {
        private int _position = -1;
        public override long Position => _position < order.Length ? _position : -1;
        public override long Batch => 0;
        public override DataViewSchema Schema => schema;
        public override bool MoveNext() => _position < order.Length && ++_position < order.Length;
        public override bool IsColumnActive(DataViewSchema.Column column) => columns.ContainsKey(column.Index);
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)order[_position], 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var values = (Values<TValue>)columns[column.Index];
            return (ref TValue value) => value = values[order[_position]];
        }
    }

    /// <summary>The values of a column.</summary>
    private abstract class Values
    {
        public static Values Create(DataViewRow row, DataViewSchema.Column column)
        {
            Func<DataViewRow, DataViewSchema.Column, Values> create = column.Type is VectorDataViewType ? CreateVectors<int> : CreateScalars<int>;
            return (Values)create.Method.GetGenericMethodDefinition().MakeGenericMethod(column.Type.GetItemType().RawType).Invoke(null, [row, column]);
        }

        public abstract object Read();
        public abstract void Keep();
        private static Values<T> CreateScalars<T>(DataViewRow row, DataViewSchema.Column column) => new(row.GetGetter<T>(column), value => value);

        private static Values<VBuffer<T>> CreateVectors<T>(DataViewRow row, DataViewSchema.Column column) => new(row.GetGetter<VBuffer<T>>(column), kept =>
        {
            VBuffer<T> copy = default;
            kept.CopyTo(ref copy);
            return copy;
        });
    }

    /// <summary>The values of a column. Who reads a vector may reuse its arrays, so it gets a copy.</summary>
    private sealed class Values<T>(ValueGetter<T> get, Func<T, T> copy) : Values
    {
        private readonly List<T> _kept = [];
        public T this[int row] => copy(_kept[row]);
        public override void Keep() => _kept.Add((T)Read());

        public override object Read()
        {
            T value = default;
            get(ref value);
            return value;
        }
    }
}
