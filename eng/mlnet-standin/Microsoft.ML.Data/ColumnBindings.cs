namespace Microsoft.ML.Data;

/// <summary>The schema of an input with columns added: one of a new name goes to the end, one of an old name right after the column it hides.</summary>
internal sealed class ColumnBindings
{
    /// <summary>For each column of the schema, the input's column, or ~ of the added one.</summary>
    private readonly int[] _map;

    public ColumnBindings(DataViewSchema input, DataViewSchema.DetachedColumn[] addedColumns)
    {
        InputSchema = input;
        var map = new List<int>(Enumerable.Range(0, input.Count));
        for (int added = 0; added < addedColumns.Length; added++)
        {
            int hidden = map.FindLastIndex(m => NameOf(m) == addedColumns[added].Name);
            map.Insert(hidden < 0 ? map.Count : hidden + 1, ~added);
        }
        _map = [.. map];
        Schema = SchemaExtensions.MakeSchema(_map.Select(m => m >= 0 ? new DataViewSchema.DetachedColumn(input[m]) : addedColumns[~m]));
        AddedColumnIndices = [.. Enumerable.Range(0, addedColumns.Length).Select(added => Array.IndexOf(_map, ~added))];

        string NameOf(int m) => m >= 0 ? input[m].Name : addedColumns[~m].Name;
    }

    public DataViewSchema InputSchema { get; }
    public DataViewSchema Schema { get; }
    public IReadOnlyList<int> AddedColumnIndices { get; }

    public int MapColumnIndex(out bool isSrcColumn, int col)
    {
        isSrcColumn = _map[col] >= 0;
        return isSrcColumn ? _map[col] : ~_map[col];
    }

    public bool[] GetActiveInput(Func<int, bool> predicate)
    {
        var active = new bool[InputSchema.Count];
        for (int i = 0; i < _map.Length; i++)
        {
            if (_map[i] >= 0 && predicate(i))
                active[_map[i]] = true;
        }
        return active;
    }
}
