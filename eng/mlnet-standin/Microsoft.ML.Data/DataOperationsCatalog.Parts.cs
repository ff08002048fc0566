using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>
    /// Gives each row a number in [0, 1), drawn, or made of what it has in the column, and makes splits by it: those within bounds
    /// are to test, the others to learn from.
    /// </summary>
    private Func<double, double, TrainTestData> Split(IDataView data, string samplingKeyColumnName, int? seed)
    {
        int first = seed ?? ((IHostEnvironmentInternal)_env).Seed ?? _env.Register(nameof(Split)).Rand.Next();
        DataViewSchema.Column[] keys = samplingKeyColumnName is null ? [] :
        [
            data.Schema.GetColumnOrNull(samplingKeyColumnName)
                ?? throw _env.ExceptSchemaMismatch(nameof(samplingKeyColumnName), "SamplingKeyColumn", samplingKeyColumnName),
        ];
        return (low, high) => new TrainTestData(Rows(number => number < low || number >= high), Rows(number => number >= low && number < high));

        Part Rows(Func<double, bool> accept) => new(data, _ => null, keys, cursor =>
        {
            Random random = new Random(first);
            Func<object> key = keys.Length == 0 ? null : Values.Create(cursor, keys[0]).Read;
            return () =>
            {
                while (cursor.MoveNext())
                {
                    if (accept(key is null ? random.NextDouble() : Hash(key(), first)))
                        return true;
                }
                return false;
            };
        });
    }

    private static double Hash(object value, int seed)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture);
        byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{seed} {text}"));
        return BitConverter.ToUInt32(hash) / (uint.MaxValue + 1.0);
    }

    /// <summary>Some rows of a source, in its order; <paramref name="makeMoveNext"/> steps from one to the next.</summary>
    private sealed class Part(
        IDataView source, Func<long, long?> count, DataViewSchema.Column[] columnsRead, Func<DataViewRowCursor, Func<bool>> makeMoveNext) : IDataView
    {
        public bool CanShuffle => false;
        public DataViewSchema Schema => source.Schema;
        public long? GetRowCount() => source.GetRowCount() is long all ? count(all) : null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            DataViewRowCursor cursor = source.GetRowCursor(columnsNeeded.Concat(columnsRead).DistinctBy(c => c.Index));
            return new PartCursor(cursor, makeMoveNext(cursor));
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class PartCursor(DataViewRowCursor input, Func<bool> moveNext) : DataViewRowCursor
    {
        private long _position = -1;
        public override long Position => _position;
        public override long Batch => 0;
        public override DataViewSchema Schema => input.Schema;
        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);
        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext()
        {
            bool more = moveNext();
            _position = more ? _position + 1 : -1;
            return more;
        }

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            base.Dispose(disposing);
        }
    }
}
