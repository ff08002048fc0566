namespace Microsoft.ML.Data;

/// <summary>Makes the columns that a transformer adds to one schema.</summary>
internal interface IRowMapper : ICanSaveModel
{
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);
    DataViewSchema.DetachedColumn[] GetOutputColumns();
}
