using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Row-to-row mappers one after the other.</summary>
internal sealed class CompositeRowToRowMapper : IRowToRowMapper, IDisposable
{
    public CompositeRowToRowMapper(DataViewSchema inputSchema, IRowToRowMapper[] mappers)
    {
        InputSchema = inputSchema;
        InnerMappers = mappers ?? [];
        OutputSchema = InnerMappers.LastOrDefault()?.OutputSchema ?? inputSchema;
    }

    public IRowToRowMapper[] InnerMappers { get; }
    public DataViewSchema InputSchema { get; }
    public DataViewSchema OutputSchema { get; }

    public void Dispose()
    {
        foreach (IRowToRowMapper mapper in InnerMappers)
            (mapper as IDisposable)?.Dispose();
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        InnerMappers.Reverse().Aggregate(dependingColumns, (columns, m) => m.GetDependencies(columns));

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckParam(input.Schema == InputSchema, nameof(input), "Schema did not match original schema");
        var needed = new IEnumerable<DataViewSchema.Column>[InnerMappers.Length];
        for (int i = needed.Length - 1; i >= 0; i--)
        {
            needed[i] = activeColumns;
            activeColumns = InnerMappers[i].GetDependencies(activeColumns);
        }
        for (int i = 0; i < needed.Length; i++)
            input = InnerMappers[i].GetRow(input, needed[i]);
        return input;
    }
}
