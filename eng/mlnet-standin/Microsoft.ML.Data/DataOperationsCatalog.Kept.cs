using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>A source whose columns are kept once they have been read, in its order or in one that a seed makes.</summary>
    private sealed class Kept(IDataView source, int? shuffleSeed = null) : IDataView
    {
        /// <summary>Stands for the column of the rows' ids.</summary>
        public const int Ids = -1;

        private readonly Lock _lock = new();
        private readonly Dictionary<int, Values> _columns = [];
        private int? _count;
        public bool CanShuffle => true;
        public DataViewSchema Schema => source.Schema;
        public long? GetRowCount() => _count ?? source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            HashSet<int> needed = [.. columnsNeeded.Select(c => c.Index)];
            lock (_lock)
            {
                DataViewSchema.Column[] absent = [.. Schema.Where(c => needed.Contains(c.Index) && !_columns.ContainsKey(c.Index))];
                if (absent.Length > 0 || _count is null)
                    Read(absent);
                int[] order = [.. Enumerable.Range(0, _count.Value)];
                (rand ?? (shuffleSeed is int seed ? RandomUtils.Create(seed) : null))?.Shuffle(order);
                return new KeptCursor(Schema, needed.Append(Ids).ToDictionary(i => i, i => _columns[i]), order);
            }
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private void Read(DataViewSchema.Column[] columns)
        {
            using DataViewRowCursor cursor = source.GetRowCursor(columns);
            Dictionary<int, Values> read = columns.ToDictionary(c => c.Index, c => Values.Create(cursor, c));
            read.Add(Ids, new Values<DataViewRowId>(cursor.GetIdGetter()));
            int count = 0;
            for (; cursor.MoveNext(); count++)
            {
                foreach (Values values in read.Values)
                    values.Keep();
            }
            foreach ((int index, Values values) in read)
                _columns[index] = values;
            _count = count;
        }
    }

    private sealed class KeptCursor(DataViewSchema schema, Dictionary<int, Values> columns, int[] order) : DataViewRowCursor
    {
        private int _position = -1;
        public override long Position => _position < order.Length ? _position : -1;
        public override long Batch => 0;
        public override DataViewSchema Schema => schema;
        public override bool IsColumnActive(DataViewSchema.Column column) => columns.ContainsKey(column.Index);
        public override ValueGetter<DataViewRowId> GetIdGetter() => GetGetter<DataViewRowId>(Kept.Ids);
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => GetGetter<TValue>(column.Index);
        public override bool MoveNext() => _position < order.Length && ++_position < order.Length;

        private ValueGetter<TValue> GetGetter<TValue>(int column)
        {
            var values = (Values<TValue>)columns[column];
            return (ref TValue value) => values.Get(order[_position], ref value);
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
        private static Values<T> CreateScalars<T>(DataViewRow row, DataViewSchema.Column column) => new(row.GetGetter<T>(column));
        private static Vectors<T> CreateVectors<T>(DataViewRow row, DataViewSchema.Column column) => new(row.GetGetter<VBuffer<T>>(column));
    }

    private class Values<T>(ValueGetter<T> get) : Values
    {
        private readonly List<T> _kept = [];
        public virtual void Get(int row, ref T value) => value = _kept[row];
        public override void Keep() => _kept.Add((T)Read());

        public override object Read()
        {
            T value = default;
            get(ref value);
            return value;
        }
    }

    private sealed class Vectors<T>(ValueGetter<VBuffer<T>> get) : Values<VBuffer<T>>(get)
    {
        /// <summary>Who reads a vector may reuse its arrays, so it gets arrays of its own.</summary>
        public override void Get(int row, ref VBuffer<T> value)
        {
            VBuffer<T> kept = default;
            base.Get(row, ref kept);
            kept.CopyTo(ref value);
        }
    }
}
