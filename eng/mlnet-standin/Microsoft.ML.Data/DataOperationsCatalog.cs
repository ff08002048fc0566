using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Makes and reads data.</summary>
public sealed partial class DataOperationsCatalog : IInternalCatalog
{
    private readonly IHostEnvironment _env;
    internal DataOperationsCatalog(IHostEnvironment env) => _env = env;
    IHostEnvironment IInternalCatalog.Environment => _env;

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class
    {
        _env.CheckValue(data, nameof(data));
        schemaDefinition ??= SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        return new Objects<TRow>(_env.Register("StreamingDataView"), data, schemaDefinition);
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        _env.CheckValue(data, nameof(data));
        var columns = new List<(DataViewSchema.Column Column, Func<DataViewRow, DataViewSchema.Column, Action<TRow>> MakeWriter)>();
        foreach (SchemaDefinition.Column member in schemaDefinition ?? SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write))
        {
            if (data.Schema.GetColumnOrNull(member.ColumnName) is DataViewSchema.Column column)
            {
                if (column.Type.RawType != member.ColumnType.RawType)
                    throw _env.Except($"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to field or property '{member.MemberName}' of type '{member.ColumnType}'.");
                columns.Add((column, Members<TRow>.MakeWriter(member)));
            }
            else if (!ignoreMissingColumns)
            {
                throw _env.ExceptSchemaMismatch("Schema", "", member.ColumnName);
            }
        }
        return Read();

        IEnumerable<TRow> Read()
        {
            using DataViewRowCursor cursor = data.GetRowCursor(columns.Select(c => c.Column));
            Action<TRow>[] writers = [.. columns.Select(c => c.MakeWriter(cursor, c.Column))];
            TRow row = null;
            while (cursor.MoveNext())
            {
                row = reuseRowObject && row is not null ? row : new TRow();
                foreach (Action<TRow> write in writers)
                    write(row);
                yield return row;
            }
        }
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new Part(input, all => Math.Min(all, count), [], cursor =>
        {
            long left = count;
            return () => left-- > 0 && cursor.MoveNext();
        });
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        return new Part(input, all => Math.Max(all - count, 0), [], cursor =>
        {
            long left = count;
            return () =>
            {
                while (left > 0 && cursor.MoveNext())
                    left--;
                return left == 0 && cursor.MoveNext();
            };
        });
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        _env.CheckValue(input, nameof(input));
        _env.CheckUserArg(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        return new Kept(input, seed ?? _env.Register(nameof(ShuffleRows)).Rand.Next());
    }

    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        _env.CheckValue(input, nameof(input));
        foreach (string name in columnsToPrefetch ?? [])
            _env.CheckUserArg(input.Schema.GetColumnOrNull(name).HasValue, nameof(columnsToPrefetch), $"Unknown column '{name}'");
        return new Kept(input);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(testFraction is > 0 and < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        return Split(data, samplingKeyColumnName, seed)(0, testFraction);
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(
        IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        Func<double, double, TrainTestData> split = Split(data, samplingKeyColumnName, seed);
        return [.. Enumerable.Range(0, numberOfFolds).Select(fold => split((double)fold / numberOfFolds, (fold + 1.0) / numberOfFolds))];
    }

    /// <summary>Data to learn from, and data to test what was learnt.</summary>
    public readonly struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;
        internal TrainTestData(IDataView trainSet, IDataView testSet) => (TrainSet, TestSet) = (trainSet, testSet);
    }
}
